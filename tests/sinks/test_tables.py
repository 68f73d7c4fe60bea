"""Rows that come back from each table as they went in."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien.labels import FER7
from mien.sinks.base import COLUMNS, rows
from mien.sinks.json_lines import JsonLines
from mien.sinks.table_csv import TableCsv
from mien.types import Box, Expression, Face, Frame, FrameResult, SourceInfo

FRAME = Frame(np.zeros((4, 4, 3), np.uint8))
INFO = SourceInfo("any", "file")
MEASURES = ("roll", "jaw_drop")
shares = st.lists(st.floats(0, 1, width=32), min_size=7, max_size=7)
expressions = st.none() | st.builds(
    Expression, st.just(FER7), shares.map(lambda values: np.array(values, np.float32)), st.booleans()
)
coordinates = st.floats(-1e4, 1e4)
faces = st.builds(
    Face,
    st.builds(Box, *[coordinates] * 4),
    st.floats(0, 1),
    track_id=st.none() | st.integers(1, 10**6),
    expression=expressions,
    measures=st.dictionaries(st.sampled_from(MEASURES), st.floats(-1e3, 1e3) | st.just(float("nan"))),
)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
results = st.builds(
    FrameResult,
    names,
    st.integers(0, 10**9),
    st.floats(0, 1e6),
    st.just(4),
    st.just(4),
    st.lists(faces, max_size=3).map(tuple),
)
ONE_FOLDER = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ONE_FOLDER
@given(st.lists(results, max_size=4))
def test_csv_gives_back_the_rows(tmp_path: Path, given_results: list[FrameResult]) -> None:
    path = tmp_path / "table.csv"
    with TableCsv(path, MEASURES) as sink:
        sink.begin(INFO)
        for result in given_results:
            sink.write(FRAME, result)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        back = [_typed(row) for row in reader]
        assert tuple(reader.fieldnames or ()) == (*COLUMNS, *MEASURES)
    assert back == [row for result in given_results for row in rows(result, MEASURES)]


@ONE_FOLDER
@given(st.lists(results, max_size=4))
def test_json_lines_give_back_the_results(tmp_path: Path, given_results: list[FrameResult]) -> None:
    path = tmp_path / "lines.jsonl"
    with JsonLines(path) as sink:
        sink.begin(INFO)
        for result in given_results:
            sink.write(FRAME, result)
    lines = path.read_text("utf-8").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [result.as_dict() for result in given_results]


@ONE_FOLDER
@given(st.lists(results, max_size=4), st.integers(1, 3))
def test_parquet_gives_back_the_rows(tmp_path: Path, given_results: list[FrameResult], group: int) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    from mien.sinks.table_parquet import TableParquet, schema

    path = tmp_path / "table.parquet"
    with TableParquet(path, MEASURES, group) as sink:
        sink.begin(INFO)
        for result in given_results:
            sink.write(FRAME, result)
    table = parquet.read_table(path)
    assert table.schema.equals(schema(MEASURES))
    assert table.to_pylist() == [row for result in given_results for row in rows(result, MEASURES)]


def test_parquet_writes_in_groups(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    from mien.sinks.table_parquet import TableParquet

    with TableParquet(tmp_path / "t.parquet", group=2) as sink:
        sink.begin(INFO)
        for index in range(5):
            sink.write(FRAME, one_face(index))
    assert parquet.ParquetFile(tmp_path / "t.parquet").num_row_groups == 3


def test_measures_follow_the_standard_columns_and_may_be_absent(tmp_path: Path) -> None:
    face = Face(Box(0, 0, 1, 1), 0.5, measures={"roll": 1 / 3, "pitch": float("nan"), "other": 9.0})
    with TableCsv(tmp_path / "t.csv", "roll,pitch,quality") as sink:
        sink.begin(INFO)
        sink.write(FRAME, FrameResult("a", 0, 0.0, 4, 4, (face,)))
    header, row = (line.split(",") for line in (tmp_path / "t.csv").read_text().splitlines())
    assert header == [*COLUMNS, "roll", "pitch", "quality"]
    assert row[len(COLUMNS) :] == ["0.333333", "", ""]
    assert row[9:12] == ["", "", ""], "an expression that was not read"


def test_several_sources_share_one_table_with_one_header(tmp_path: Path) -> None:
    with TableCsv(tmp_path / "t.csv") as sink:
        for name in ("first", "second"):
            sink.begin(SourceInfo(name, "file"))
            sink.write(FRAME, one_face(0, name))
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["source", "first", "second"]


def test_a_source_without_faces_leaves_the_header_and_one_line_per_frame(tmp_path: Path) -> None:
    empty = FrameResult("e", 0, 0.0, 4, 4)
    for sink in (TableCsv(tmp_path / "t.csv"), JsonLines(tmp_path / "l.jsonl")):
        with sink:
            sink.begin(INFO)
            sink.write(FRAME, empty)
    assert (tmp_path / "t.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert json.loads((tmp_path / "l.jsonl").read_text())["faces"] == []


@pytest.mark.parametrize("sink_type", [TableCsv, JsonLines])
def test_dash_is_standard_output_which_stays_open(sink_type: Any, capfdbinary: Any) -> None:
    for discard in (False, True):
        sink = sink_type("-")
        sink.begin(INFO)
        sink.write(FRAME, one_face(7, "日本.mp4"))
        sink.close(discard=discard)
        sink.close()
    out = capfdbinary.readouterr().out
    assert out.count("日本.mp4".encode()) == 2
    assert b"\r" not in out


def one_face(index: int, source: str = "s") -> FrameResult:
    return FrameResult(source, index, index / 10, 4, 4, (Face(Box(0, 0, 2, 2), 0.5, track_id=1),))


def _typed(row: dict[str, str]) -> dict[str, Any]:
    """A CSV row with the types that its columns document."""
    kinds: dict[str, Any] = {"source": str, "frame": int, "track_id": int, "label": str, "unsure": _boolean}
    return {
        key: (value if key == "source" else None if value == "" else kinds.get(key, float)(value))
        for key, value in row.items()
    }


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]
