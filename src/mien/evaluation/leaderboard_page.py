"""The leaderboard in Markdown, put between two marks of a page whose other text stays."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mien.errors import BadOption
from mien.evaluation.classifier_leaks import as_text
from mien.evaluation.remarks import remarks
from mien.sinks._atomic import AtomicFile, writing

BEGIN, END = "<!-- leaderboard: written by `mien leaderboard` -->", "<!-- leaderboard: end -->"
_NEW = f"# Leaderboard\n\n{BEGIN}\n{END}\n"
Row = Mapping[str, Any]


def prepare(path: Path) -> None:
    """Make the folder of the page at ``path``; to be called before the work whose figures go there.

    Raises `BadOption` and `SinkError` as `write` does.
    """
    around(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    AtomicFile(path.resolve())


def write(board: Mapping[str, Any], path: Path) -> None:
    """Replace what stands between the marks of the page at ``path``; without a page, make one.

    A page that cannot be written to its end stays as it was. Raises `BadOption` for a page without the marks
    and `SinkError` where it cannot be written.
    """
    prepare(path)
    before, after = around(path)
    file = AtomicFile(path.resolve())  # a link stays one
    try:
        with file.open("w", encoding="utf-8", newline="\n") as page, writing(path):
            page.write(f"{before}{BEGIN}\n{markdown(board)}{END}{after}")
        file.commit()
    finally:
        file.discard()


def around(path: Path) -> tuple[str, str]:
    """What stands before and after the leaderboard's place in the page at ``path``; of a new page, if none.

    Raises `BadOption` for a page without that place, and for a folder.
    """
    if path.is_dir():
        raise BadOption(f"'{path}' is a folder. Give the name of a page in it, too.")
    try:
        page = path.read_text("utf-8") if path.is_file() else _NEW
    except (OSError, UnicodeDecodeError) as error:
        raise BadOption(f"Cannot read the page '{path}': {error}.") from error
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BadOption(
            f"'{path}' has no place for the leaderboard. Put these two lines where it shall stand:\n"
            f"{BEGIN}\n{END}"
        )
    return before, after


def markdown(board: Mapping[str, Any]) -> str:
    """Two tables, what each classifier reaches and what it costs, and what has to be said of them."""
    return "\n".join(
        [*_figures(board), "", *_costs(board), "", *(f"- {remark}" for remark in _remarks(board)), ""]
    )


def _figures(board: Mapping[str, Any]) -> Iterator[str]:
    near = any(row["without_near"] for row in board["rows"])
    clean = "without near copies" if near else "without copies"
    yield f"**{board['title']} {board['split']}**, {board['samples']:,} pictures, in percent (95 % interval)."
    yield ""
    yield from _head("model", "top-1", f"top-1 {clean}", "top-2", "macro F1", "calibration error")
    for row in board["rows"]:
        cells = (_with_interval(row, key) for key in ("accuracy", "top2", "macro_f1"))
        top1, top2, f1 = cells
        kept = row["without_near"] if near else row["without_leaked"]
        yield _line(row["name"], top1, _clean(kept), top2, f1, _percent(row["calibration_error"]))


def _costs(board: Mapping[str, Any]) -> Iterator[str]:
    yield from _head(
        "model",
        "input",
        "parameters",
        "MFLOPs",
        "file, kB (int8)",
        "ms a face (int8)",
        "top-1 int8",
        "training",
        "recipe",
        "date",
    )
    for row in board["rows"]:
        int8 = row["int8"] or {}
        yield _line(
            row["name"],
            row["input"] or "-",
            "-" if row["parameters"] is None else f"{row['parameters']:,}",
            _number(row["flops"], 1e6, 1),
            _both(_number(row["bytes"], 1e3, 0), _number(int8.get("bytes"), 1e3, 0)),
            _both(_number(row["ms"], 1, 2), _number(int8.get("ms"), 1, 2)),
            _percent(int8.get("accuracy")),
            _training(row),
            row["recipe"] or "-",
            row["date"] or "-",
        )


def _remarks(board: Mapping[str, Any]) -> Iterator[str]:
    view = board["settings"]["view"]
    yield "One crop of each picture." if view == "none" else f"Each picture was seen by {view}."
    yield as_text(board)
    yield from remarks({row["name"]: row["notes"] for row in board["rows"]})
    machine = board["machine"]
    yield (
        "Milliseconds: processor time for one face at a time, preparation included, on one thread of "
        f"{machine['cpu']}. MFLOPs: a multiplication and an addition count as two. Parameters: all that the "
        "network needs, means and variances of its batch norms among them."
    )
    for name, reason in board["left_out"].items():
        yield f"Not scored: {name}. {reason}"
    yield f"Written on {datetime.now(UTC):%Y-%m-%d}."


def _training(row: Row) -> str:
    minutes = row["minutes"]
    if not minutes:  # 0: exported from a checkpoint whose training nobody timed
        return "-"
    time = f"{minutes / 60:.1f} h" if minutes >= 90 else f"{minutes:.0f} min"
    return ", ".join(filter(None, (time, row["hardware"])))


def _with_interval(row: Row, key: str) -> str:
    low, high = row["intervals"][key] or (None, None)
    text = _percent(row[key])
    return text if low is None else f"{text} ({_percent(low)} to {_percent(high)})"


def _clean(found: Row | None) -> str:
    return "-" if not found else _percent(found["accuracy"])


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.1f}"


def _number(value: float | None, unit: float, digits: int) -> str:
    return "-" if value is None else f"{value / unit:,.{digits}f}"


def _both(first: str, second: str) -> str:
    return first if second == "-" else f"{first} ({second})"


def _head(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield "|---|" + "---:|" * (len(names) - 1)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
