"""The report of `mien.evaluation.classifier` as tables: a row per figure, a column per classifier."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from mien.cli import _figures
from mien.evaluation.classifier_leaks import as_text
from mien.evaluation.remarks import remarks

Report = dict[str, Any]

_FIGURES = (
    ("top-1", "accuracy"),
    ("top-2", "top2"),
    ("macro F1", "macro_f1"),
    ("balanced accuracy", "balanced_accuracy"),
    ("macro AUC", "macro_auc"),
    ("log loss", "log_loss"),
    ("Brier", "brier"),
)


def tables(report: Report) -> Iterator[RenderableType]:
    """The figures side by side, then each classifier's labels and mistakes, comparisons, groups, leakage."""
    yield _overview(report)
    for name, row in report["classifiers"].items():
        yield _labels(name, row)
        pairs = "; ".join(_pair(pair) for pair in row["most_confused"])
        yield Text(f"most confused: {pairs or 'nothing'}\n")
    yield from _comparisons(report["comparisons"])
    yield from _groups(report["classifiers"])
    yield Text(as_text(report))
    yield from map(Text, remarks({name: row["notes"] for name, row in report["classifiers"].items()}))


def _overview(report: Report) -> Table:
    rows = report["classifiers"]
    view = report["settings"]["view"]
    title = f"{report['title']} {report['split']}, {report['samples']} pictures"
    table = _figures.table(title + ("" if view == "none" else f", {view}"), "", *rows)
    for title, key in _FIGURES:
        table.add_row(title, *(_with_interval(row, key) for row in rows.values()))
    for title, key in (
        ("calibration error", "calibration_error"),
        ("  by bins of equal mass", "calibration_error_mass"),
        ("unsure", "unsure"),
    ):
        table.add_row(title, *(share(row[key]) for row in rows.values()))
    for title, key in (("without exact copies", "without_leaked"), ("without near copies", "without_near")):
        if any(row[key] for row in rows.values()):
            table.add_row(title, *(_clean(row[key]) for row in rows.values()))
    table.add_section()
    for batch in dict.fromkeys(batch for row in rows.values() for batch in row["ms_per_face"]):
        times = [row["ms_per_face"][batch] for row in rows.values()]
        cells = (f"{time['median']:.3f} (processor {time['cpu']:.3f})" for time in times)
        table.add_row(f"ms a face, {batch} at once", *cells)
    table.add_row("parameters", *(_count(row["model"]["parameters"]) for row in rows.values()))
    table.add_row("MFLOPs", *(_millions(row["model"]["flops"]) for row in rows.values()))
    return table


def _labels(name: str, row: dict[str, Any]) -> Table:
    table = _figures.table(f"{name} by label", "label", "precision", "recall", "F1", "AUC", "pictures")
    columns = (row[key] for key in ("precision", "recall", "f1", "auc"))
    for label, support, *values in zip(row["labels"], row["support"], *columns, strict=True):
        table.add_row(label, *(share(value, 3) for value in values), str(support))
    table.add_section()
    for key in ("macro", "weighted"):
        means = (share(row[key][part], 3) for part in ("precision", "recall", "f1"))
        table.add_row(f"{key} mean", *means, share(row["macro_auc"], 3) if key == "macro" else "", "")
    return table


def _comparisons(rows: list[dict[str, Any]]) -> Iterator[RenderableType]:
    if not rows:
        return
    table = _figures.table(
        "McNemar: who alone is right", "", "first", "second", "difference", "95 %", "p", "test"
    )
    for row in rows:
        low, high = row["interval"]
        table.add_row(
            " / ".join(row["of"]),
            str(row["first_only"]),
            str(row["second_only"]),
            f"{row['difference']:+.4f}",
            "-" if low is None else f"{low:+.3f} to {high:+.3f}",
            f"{row['p']:.2g}",
            row["method"],
        )
    yield table


def _groups(rows: dict[str, Any]) -> Iterator[RenderableType]:
    first = next(iter(rows.values()))
    for column, values in first["groups"].items():
        table = _figures.table(f"Accuracy by {column}", column, "pictures", *rows)
        for value, found in values.items():
            cells = (_clean(row["groups"][column][value], count=False) for row in rows.values())
            table.add_row(value, str(found["samples"]), *cells)
        yield table


def share(value: float | None, digits: int = 4) -> str:
    """A share, or what stands for one that is not defined."""
    return "-" if value is None else f"{value:.{digits}f}"


def _with_interval(row: dict[str, Any], key: str) -> str:
    low, high = row["intervals"].get(key, (None, None))
    text = share(row[key])
    return text if low is None else f"{text} ({low:.3f} to {high:.3f})"


def _clean(found: dict[str, Any] | None, count: bool = True) -> str:
    if not found:
        return "-"
    low, high = found["interval"]
    text = share(found["accuracy"])
    if low is not None:
        text += f" ({low:.3f} to {high:.3f})"
    return f"{text}, {found['samples']} pictures" if count else text


def _pair(pair: dict[str, Any]) -> str:
    return f"{pair['truth']} as {pair['answer']} {pair['count']} ({pair['rate'] * 100:.0f} %)"


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _millions(value: int | None) -> str:
    return "-" if value is None else f"{value / 1e6:.1f}"
