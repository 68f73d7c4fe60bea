"""One classifier in the classifiers' report (extra ``report``)."""

from collections.abc import Iterator
from html import escape
from typing import Any

from mien.drawing import charts, html
from mien.evaluation import charts_classifier as figures
from mien.evaluation import learning_curves

Row = dict[str, Any]


def section(name: str, row: Row, place: int) -> Iterator[str]:
    """The part of the page on one classifier: confusion, figures by label, reliability, ROC."""
    yield f"<section><h2>{escape(name)}</h2>\n"
    yield f"<div class='card'><h3>What is read as what</h3>{_matrix(row)}{_mistakes(row)}</div>\n"
    yield f"<div class='card'><h3>Figures</h3>{_figures(row)}</div>\n<div class='pair'>"
    yield "<div class='card'><h3>Can its confidence be believed?</h3>"
    yield html.chart(
        charts.as_json(figures.reliability(row)), f"reliability-{place}", f"Share right by confidence, {name}"
    )
    yield (
        f"<p class='soft'>Calibration error {share(row['calibration_error'])} over 15 bins of equal width, "
        f"{share(row['calibration_error_mass'])} over 15 of equal mass. Darker: more pictures.</p></div>\n"
    )
    yield "<div class='card'><h3>One label against the rest</h3>"
    yield html.chart(charts.as_json(figures.roc(row)), f"roc-{place}", f"ROC curves of {name}")
    yield f"{html.legend(row['labels'])}</div></div>\n"
    yield from _learning(name, row.get("curves"), place)
    yield "</section>\n"


def _learning(name: str, curves: learning_curves.Curves | None, place: int) -> Iterator[str]:
    """How the training went, where its folder still says so."""
    if not curves:
        return
    yield "<div class='pair'>"
    for kind in learning_curves.KINDS:
        yield f"<div class='card'><h3>{kind.capitalize()} by epoch</h3>"
        chart = charts.as_json(figures.learning(curves, kind))
        yield html.chart(chart, f"{kind}-{place}", f"{kind} of {name} by epoch")
        yield "<p class='soft'>Dashed: learning, on changed pictures. Solid: validation.</p></div>\n"
    yield "</div>\n"


def _matrix(row: Row) -> str:
    head = "".join(f"<th>{escape(label)}</th>" for label in row["labels"])
    lines = []
    for y, (label, counts) in enumerate(zip(row["labels"], row["confusion"], strict=True)):
        whole = sum(counts)
        cells = "".join(_matrix_cell(count, whole, right=x == y) for x, count in enumerate(counts))
        lines.append(f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>')
    return (
        '<div class="scroll"><table class="matrix"><thead><tr><th>labelled / read as</th>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>\n"
    )


def _matrix_cell(count: int, whole: int, right: bool) -> str:
    """``count`` of the ``whole`` pictures of a label: their share has no value where there is none."""
    rate = f"{count / whole * 100:.0f} %" if whole else "-"
    return (
        f'<td class="number{" right" if right else ""}" style="--p:{count / max(whole, 1):.3f}">'
        f"{rate}<br><small>{count}</small></td>"
    )


def _mistakes(row: Row) -> str:
    items = [
        f"{escape(pair['truth'])} as {escape(pair['answer'])}: {pair['count']} ({pair['rate'] * 100:.0f} %)"
        for pair in row["most_confused"]
    ]
    return f"<p class='soft'>Most confused: {'; '.join(items) or 'nothing'}.</p>"


def _figures(row: Row) -> str:
    columns = [row[key] for key in ("precision", "recall", "f1", "auc")]
    lines = [
        (label, *(share(value, 3) for value in values), f"{support:,}")
        for label, support, *values in zip(row["labels"], row["support"], *columns, strict=True)
    ]
    for key in ("macro", "weighted"):
        means = [share(row[key][part], 3) for part in ("precision", "recall", "f1")]
        lines.append((f"{key} mean", *means, share(row["macro_auc"], 3) if key == "macro" else "", ""))
    return html.table(("", "precision", "recall", "F1", "AUC", "pictures"), lines)


def share(value: float | None, digits: int = 4) -> str:
    """A share, or what stands for one that is not defined."""
    return "-" if value is None else f"{value:.{digits}f}"
