"""``mien run``: pictures, videos, cameras and streams in; tables, pictures, videos and reports out."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from mien.cli import _options as opt

if TYPE_CHECKING:
    from mien.batch import BatchSummary, Job, Outputs
    from mien.cli._settings import RunSettings

FILES = ("csv", "jsonl", "parquet", "video", "picture", "report")
"""The options that name one output file each, as `mien.batch.FORMATS` calls them."""


def run(
    sources: opt.Sources,
    *,
    detector: opt.Detector = None,
    classifier: opt.Classifier = None,
    landmarker: opt.Landmarker = None,
    aligner: opt.Aligner = None,
    measures: opt.Measures = None,
    tracker: opt.Tracker = None,
    smoother: opt.Smoother = None,
    steady: opt.Steady = None,
    max_faces: opt.MaxFaces = None,
    min_face: opt.MinFace = None,
    min_quality: opt.MinQuality = None,
    csv: opt.Csv = None,
    jsonl: opt.Jsonl = None,
    parquet: opt.Parquet = None,
    video: opt.Video = None,
    picture: opt.Picture = None,
    report: opt.Report = None,
    out: opt.Out = None,
    formats: opt.Formats = None,
    force: opt.Force = False,
    show: opt.Show = False,
    every: opt.Every = None,
    start: opt.Start = None,
    end: opt.End = None,
    camera_size: opt.CameraSize = None,
    capture: opt.Capture = None,
    draw: opt.Draw = None,
    boxes: opt.Boxes = None,
    ids: opt.Ids = None,
    labels: opt.Labels = None,
    bars: opt.Bars = None,
    points: opt.Points = None,
    colour: opt.Colour = None,
    scale: opt.Scale = None,
    config: opt.Config = None,
) -> None:
    """Read the expressions in each SOURCE and write them down.

    Without an output: a live table on a terminal, JSON lines on stdout otherwise.

    Beside its outputs each run leaves a .run.json: versions, models with SHA-256, options, command.
    """
    flags = dict(locals())
    from mien import batch
    from mien.cli import _settings
    from mien.errors import BadOption

    settings = _settings.read(config, flags)
    if show:
        _show(sources, settings)
        return
    files = {name: flags[name] for name in FILES if flags[name] is not None}
    live = not files and out is None and sys.stdout.isatty()
    if not files and out is None and not live:
        files = {"jsonl": batch.STDOUT}
    if formats is not None and out is None:
        raise BadOption(f"--formats {formats} says what --out gets. Name its folder: --out FOLDER.")
    chosen = _settings.words(formats or "csv", list(batch.FORMATS), "output format")
    outputs = batch.Outputs(files, out, chosen, settings.drawing)
    summary = _run(
        batch.expand([settings.target(source) for source in sources]), settings, outputs, live, force
    )
    raise typer.Exit(summary.exit_code)


def _run(
    jobs: "Sequence[Job]", settings: "RunSettings", outputs: "Outputs", live: bool, force: bool
) -> "BatchSummary":
    from rich.console import Console

    from mien import batch
    from mien.batch import table
    from mien.cli import _closing
    from mien.pipeline import Analyzer

    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = 120  # where nobody looks on, lines need not fit a window
    outputs.check(jobs)
    with ExitStack() as stack:
        analyzer = stack.enter_context(Analyzer.from_options(settings.analyzer))
        watcher = batch.Watcher()
        sinks = []
        if live:
            from mien.cli._live_table import LiveTable

            sinks = [stack.enter_context(LiveTable(Console()))]
        elif console.is_terminal:
            from mien.cli._progress import Bar

            watcher = stack.enter_context(Bar(jobs, console))
        summary = batch.run(
            jobs,
            analyzer,
            outputs,
            settings.span,
            source_options=settings.options(batch.known_options(jobs)),
            sinks=sinks,
            force=force,
            command=sys.argv,
            watcher=watcher,
        )
    if outputs.folder is not None:
        table.write(outputs.folder, [outcome.record for outcome in summary.outcomes])
    _closing.say(summary, outputs, console)
    return summary


def _show(sources: Sequence[str], settings: "RunSettings") -> None:
    """The page on one source, until Ctrl-C."""
    from urllib.parse import quote

    from mien.cli.serve import started
    from mien.drawing.style import Style
    from mien.errors import UsageError
    from mien.web.server import serve
    from mien.web.settings import Settings

    if len(sources) != 1:
        raise UsageError(f"--show opens the page on one source, not on {len(sources)}.")
    state = f"#live?source={quote(str(settings.target(sources[0])))}"
    page = Settings(
        analyzer=settings.analyzer, style=Style(**settings.drawing), sources=dict(settings.sources)
    )
    serve(page, lambda server: started(server, True, state))
