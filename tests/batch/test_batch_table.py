import csv
import json
from pathlib import Path

from mien.batch import table
from mien.batch.provenance import SourceRecord
from mien.labels import FER7

TALK = SourceRecord(
    "talk", "talk.mp4", "done", frames=50, without_face=0.1, people={"1": {"happy": 1.0}, "2": {"sad": 0.4}}
)
NOBODY = SourceRecord("empty", "empty.mp4", "done", frames=20, without_face=1.0)
BROKEN = SourceRecord("broken", "broken.mp4", "failed", "Cut short.")


def test_one_row_per_source_and_person() -> None:
    rows = list(table.rows([TALK, NOBODY, BROKEN]))
    assert [(row["source"], row["person"]) for row in rows] == [
        ("talk.mp4", "1"),
        ("talk.mp4", "2"),
        ("empty.mp4", ""),
        ("broken.mp4", ""),
    ]
    assert rows[0]["happy"] == 1.0
    assert rows[0]["sad"] == 0.0
    assert "happy" not in rows[2]


def test_the_files_hold_shares_and_reasons(tmp_path: Path) -> None:
    contempt = SourceRecord("more", "more.mp4", "done", people={"1": {"contempt": 1.0}})
    table.write(tmp_path, [TALK, BROKEN, contempt])
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*table.COLUMNS, "contempt"]
    assert rows[0]["happy"] == "1.0"
    assert rows[2]["state"] == "failed"
    assert all(rows[2][label] == "" for label in FER7)
    sources = json.loads((tmp_path / "summary.json").read_text("utf-8"))["sources"]
    assert sources[1]["reason"] == "Cut short."
    assert sources[0]["people"]["2"] == {"sad": 0.4}
