"""``mien benchmark``: how fast this machine is, stage by stage."""

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import _options as opt
from mien.errors import MissingExtra

if TYPE_CHECKING:
    from mien.config import AnalyzerOptions


class What(StrEnum):
    """What can be measured."""

    PIPELINE = "pipeline"
    PAGE = "page"
    SOAK = "soak"
    IMPORT = "import"
    TRAINING = "training"


def benchmark(
    what: Annotated[
        What,
        typer.Argument(
            help="pipeline: each stage. page: from sending a camera frame to its answer. "
            "soak: memory of a long live run (ends with 1 when it grows). import: start from cold. "
            "training: how busy learning keeps the machine."
        ),
    ] = What.PIPELINE,
    *,
    detector: opt.Detector = None,
    classifier: opt.Classifier = None,
    landmarker: opt.Landmarker = None,
    aligner: opt.Aligner = None,
    measures: opt.Measures = None,
    min_quality: opt.MinQuality = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--input", metavar="FILE", help="Picture or video.", show_default="a face drawn by code"
        ),
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of the frames.")] = "640x480",
    frames: Annotated[int, typer.Option(min=1, help="Frames that are measured.")] = 200,
    minutes: Annotated[float, typer.Option(help="Length of the soak.")] = 30.0,
    recipe: Annotated[
        str, typer.Option(metavar="NAME", help="Of training: a classifier's recipe.")
    ] = "mini_xception",
    as_json: opt.AsJson = False,
) -> None:
    """Measure medians and 95th percentiles; nothing else should be running."""
    flags = dict(locals())
    from mien.cli import _settings
    from mien.errors import SourceError

    if source is not None and not source.is_file():
        raise SourceError(f"No file at '{source}'. Give a picture or a video, or leave --input out.")
    options = _settings.read(None, flags).analyzer
    width, height = _settings.size(size, "--size")
    kinds: dict[What, Callable[[], dict[str, Any]]] = {
        What.PIPELINE: lambda: _pipeline(options, source, width, height, frames),
        What.PAGE: lambda: _page(options, source, width, height, frames),
        What.SOAK: lambda: _soak(options, minutes),
        What.IMPORT: _import,
        What.TRAINING: lambda: _training(recipe),
    }
    found = kinds[what]()
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show(found)
    raise typer.Exit(1 if found.get("grows") else 0)


def _pipeline(
    options: "AnalyzerOptions", source: Path | None, width: int, height: int, frames: int
) -> dict[str, Any]:
    from mien.evaluation import benchmark as measure

    return measure.pipeline(options, source, width=width, height=height, frames=frames)


def _page(
    options: "AnalyzerOptions", source: Path | None, width: int, height: int, frames: int
) -> dict[str, Any]:
    from mien.cli._page_speed import measure

    return measure(options, source, width, height, frames)


def _soak(options: "AnalyzerOptions", minutes: float) -> dict[str, Any]:
    from mien.evaluation import soak

    def watch(seconds: float, mib: float) -> None:
        if int(seconds) % 60 == 0:
            typer.echo(f"{seconds / 60:.0f} of {minutes:g} minutes, {mib:.1f} MiB", err=True)

    return soak.run(options, minutes, watch=watch)


def _import() -> dict[str, Any]:
    from mien.evaluation import benchmark as measure

    return measure.imports()


def _training(recipe: str) -> dict[str, Any]:
    try:
        from mien.training import throughput
    except ModuleNotFoundError as error:
        raise MissingExtra("Measuring a training", "train") from error
    return throughput.measure(recipe)


def _show(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    for name, value in _flat(found):
        table.add_row(name, value)
    Console().print(table)


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict) and set(value) == {"median", "p95"}:
            yield prefix + key, f"median {value['median']:g}   p95 {value['p95']:g}"
        elif isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
