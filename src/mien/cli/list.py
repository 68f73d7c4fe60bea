"""``mien list``: what is installed, with options, rights and figures."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from mien.cli import _options as opt


def list_plugins(
    family: Annotated[
        str | None,
        typer.Argument(
            metavar="FAMILY",
            help="detectors, landmarkers, classifiers, measures, sinks, ...; all if not given.",
        ),
    ] = None,
    *,
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Show the layers of a network, a recipe's or a model's, with shapes and costs, instead.",
        ),
    ] = "",
    as_json: opt.AsJson = False,
) -> None:
    """Show what is installed, family by family: detectors, landmarkers, classifiers, measures, sinks ...

    Options go behind the name, as in --detector NAME:key=value.
    """
    from mien import registry
    from mien.errors import UnknownName

    if model:
        from mien.cli._layers import show_layers

        show_layers(model, as_json=as_json)
        return
    if family is not None and family not in registry.FAMILIES:
        raise UnknownName("family", family, registry.FAMILIES)
    found = [entry for name in registry.FAMILIES if family in (None, name) for entry in entries(name)]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show(found)


def entries(family: str) -> Iterator[dict[str, Any]]:
    """Each plug-in of ``family``: name, description, options; for a model what its card states too."""
    from mien import artifact, registry
    from mien.errors import MienError

    task = registry.TASKS.get(family)
    models = artifact.available(task) if task is not None else {}
    for name in registry.names(family):
        entry: dict[str, Any] = {"family": family, "name": name, "description": "", "options": []}
        try:
            if task is not None and name in models:
                entry |= _card(artifact.load(name, task).card)
            else:
                entry["description"] = _first_line(registry.find(family, name))
            entry["options"] = [_option(option) for option in registry.schema(family, name)]
        except MienError as error:
            entry["problem"] = str(error)  # shown with the rest: one broken model does not hide the others
        yield entry


def _card(card: Any) -> dict[str, Any]:
    return {
        "description": card.description,
        "rights": card.rights,
        "figures": dict(card.figures),
        "parameters": card.parameters,
        "labels": list(card.labels),
        "input": f"{card.input.size} {card.input.colour}",
        "data": [dict(source) for source in card.data],
        "sha256": card.sha256,
    }


def _first_line(plugin: type) -> str:
    return (plugin.__doc__ or "").strip().partition("\n")[0]


def _option(option: Any) -> dict[str, Any]:
    simple = option.default is None or isinstance(option.default, (bool, int, float, str))
    return {
        "name": option.name,
        "type": option.type.__name__,
        "default": option.default if simple else str(option.default),
        "required": option.required,
    }


def _show(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    shown = None
    for entry in found:
        if entry["family"] != shown:
            shown = entry["family"]
            console.print(Text(shown, style="bold"))
        console.print(Text(f"  {entry['name']}", style="bold cyan"))
        for line in _lines(entry):
            console.print(Padding(Text(line), (0, 0, 0, 4)))


def _lines(entry: dict[str, Any]) -> Iterator[str]:
    if entry["description"]:
        yield entry["description"]
    if entry["options"]:
        yield "options: " + ", ".join(_written(option) for option in entry["options"])
    if entry.get("parameters"):
        yield f"{entry['parameters']:,} parameters, input {entry['input']}"
    if entry.get("figures"):
        yield "figures: " + ", ".join(f"{key} {_short(value)}" for key, value in _flat(entry["figures"]))
    if entry.get("rights"):
        yield f"rights: {entry['rights']}"
    for source in entry.get("data", ()):
        yield "data: " + ", ".join(f"{value}" for value in source.values())
    if "problem" in entry:
        yield f"problem: {entry['problem']}"


def _written(option: dict[str, Any]) -> str:
    return f"{option['name']} (required)" if option["required"] else f"{option['name']}={option['default']}"


def _short(value: Any) -> str:
    """Four digits of a fraction are enough to read; JSON has them all. What is not defined is a dash."""
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)


def _flat(figures: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested figures as ``outer.inner``."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
