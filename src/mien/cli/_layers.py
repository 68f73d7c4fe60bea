"""``mien list --model``: the layers of a network."""

import importlib
import json
import types
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien import artifact, registry
from mien.errors import UnknownName

if TYPE_CHECKING:
    from mien.evaluation.layers import Layer

ANY_SIZE = (3, 480, 640)
"""Channels, height and width of the picture that is shown to a model which takes any."""


def show_layers(name: str, *, as_json: bool) -> None:
    """Print the layers of the network, recipe or model ``name``; `UnknownName` where there is none."""
    found = _layers(name)
    parameters = sum(layer.parameters for layer in found)
    megaflops = round(sum(layer.operations for layer in found) / 1e6, 2)
    if as_json:
        shown = {
            "model": name,
            "parameters": parameters,
            "mflops": megaflops,
            "layers": [asdict(layer) for layer in found],
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        _table(found)
        typer.echo(f"{parameters:,} parameters, {megaflops:,.2f} MFLOPs a picture")


def _layers(name: str) -> "Sequence[Layer]":
    """As it is trained, where a network or recipe has that name and can be built; else as it was exported."""
    trained = None if artifact.is_path(name) else _trained()
    if trained is not None and (name in trained.names() or name.endswith((".toml", ".json"))):
        layers: Sequence[Layer] = trained.of_model(name)
        return layers
    return _exported(name, trained.names() if trained is not None else ())


def _trained() -> types.ModuleType | None:
    """`mien.training.layers`; None without the extra ``train``."""
    try:
        return importlib.import_module("mien.training.layers")
    except ModuleNotFoundError:
        return None


def _exported(name: str, others: Sequence[str]) -> "Sequence[Layer]":
    from mien.backends import OnnxRuntime
    from mien.evaluation.layers import layers

    models = {stem: task for task in registry.TASKS.values() for stem in artifact.available(task)}
    if artifact.is_path(name):
        card = artifact.read_card(Path(name).with_suffix(".json"))
        models[name] = card.task
    if name not in models:
        raise UnknownName("network or model", name, {*models, *others})
    content = artifact.load(name, models[name]).read()
    _, *sizes = OnnxRuntime(content).input_shape()
    shape = (1, *(size or free for size, free in zip(sizes, ANY_SIZE, strict=False)))
    return layers(content, shape)


def _table(found: "Sequence[Layer]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("layer", "kind", "output", box=None)
    table.add_column("parameters", justify="right")
    table.add_column("MFLOPs", justify="right")
    for layer in found:
        shape = " x ".join(map(str, layer.shape))
        costs = (f"{layer.parameters:,}" if layer.parameters else "", f"{layer.operations / 1e6:.2f}")
        table.add_row(layer.name, layer.kind, shape, costs[0], costs[1] if layer.operations else "")
    console = Console()
    (console if console.is_terminal else Console(width=100)).print(table)
