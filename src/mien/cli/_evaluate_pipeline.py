"""``mien evaluate pipeline``: from picture to expression, several ways side by side."""

import itertools
import math
from typing import Annotated, Any

from mien.cli._option import option

WAYS, WHAT, OUT = "What is compared (each may be given several times)", "What is scored", "What comes out"


def pipeline(
    *,
    data: Annotated[str, option("Pictures with boxes and expressions: coco:FILE.json.", WHAT, "SET:PATH")],
    detector: Annotated[list[str] | None, option("Face detector.", WAYS, "NAME")] = None,
    landmarker: Annotated[list[str] | None, option("Finder of the 68 facial points.", WAYS, "NAME")] = None,
    aligner: Annotated[list[str] | None, option("How faces are turned upright.", WAYS, "NAME")] = None,
    classifier: Annotated[list[str] | None, option("Expression model.", WAYS, "NAME")] = None,
    turn: Annotated[str, option("Turn the pictures by these, in degrees.", WHAT, "LIST")] = "0",
    iou: Annotated[float, option("Overlap at which a face is found.", WHAT)] = 0.4,
    resamples: Annotated[int, option("Draws for the 95 % intervals.", WHAT, "N", least=1)] = 1000,
    json_file: Annotated[str, option("Write the figures here; - is stdout.", OUT, "FILE", "--json")] = "",
) -> None:
    """Score the whole way from picture to expression; what was not found counts as wrong."""
    from rich.console import Console

    from mien.cli._figures import Figures
    from mien.evaluation.pipeline import Settings, evaluate

    given = {"detector": detector, "landmarker": landmarker, "aligner": aligner, "classifier": classifier}
    ways = _ways({name: values for name, values in given.items() if values})
    settings = Settings(data, _numbers(turn), iou, resamples)
    figures = Figures(json_file)
    with Console(stderr=True).status("Loading") as status:
        report = evaluate(ways, settings, lambda done, whole: status.update(f"{done} of {whole} pictures"))
    _show(report, [_name(way, given) for way in report["ways"]], figures.console)
    figures.save(report)


def _ways(given: dict[str, list[str]]) -> list[Any]:
    """All combinations of what was given."""
    from mien.config import AnalyzerOptions, merge

    choices = itertools.product(*given.values())
    return [merge(AnalyzerOptions(), dict(zip(given, chosen, strict=True))) for chosen in choices]


def _name(way: dict[str, Any], given: dict[str, list[str] | None]) -> str:
    """What tells this way from the others; the detector where there is but one."""
    several = [way[name] or "none" for name, values in given.items() if values and len(values) > 1]
    return " ".join(several) or str(way["detector"])


def _numbers(text: str) -> tuple[float, ...]:
    from mien.errors import BadOption

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadOption(f"--turn {text} are no numbers. Give degrees, as 0,10,20.") from None


def _show(report: dict[str, Any], names: list[str], console: Any) -> None:
    from rich.table import Table

    title = f"{report['settings']['data']}, {report['pictures']} pictures"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in (
        "turn",
        "source",
        "faces",
        "way",
        "found",
        "accuracy",
        "macro recall",
        "macro F1",
        "better",
    ):
        table.add_column(column, justify="left" if column in ("source", "way") else "right", no_wrap=True)
    for turn, sources in report["turns"].items():
        for source, found in sources.items():
            for name, way in zip(names, found["ways"], strict=True):
                head = (turn, source, str(found["faces"]), name, f"{way['found']:.3f}")
                scores = (_interval(way[score]) for score in ("accuracy", "macro_recall", "macro_f1"))
                table.add_row(*head, *scores, _against(way["against_first"]))
    console.print(table)
    console.print(
        "In brackets: 95 % intervals (bootstrap over pictures). better: how many faces only the first way\n"
        "and only this way read rightly, and how probable so uneven a split is by luck (McNemar).",
        highlight=False,
    )


def _interval(score: dict[str, float]) -> str:
    low, high = score["low"], score["high"]
    value = f"{score['value']:.3f}"
    return f"{value} ({low:.3f}-{high:.3f})" if math.isfinite(low) else value  # no draws, no interval


def _against(test: dict[str, float]) -> str:
    if test["first_only"] == test["second_only"] == 0:
        return ""
    return f"{test['first_only']}:{test['second_only']} p={test['p']:.3f}"
