"""The bar and the closing lines."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from mien.batch import BatchSummary, Job, Outcome, Outputs
from mien.batch.provenance import SourceRecord
from mien.cli import _closing
from mien.cli._progress import Bar
from mien.types import SourceInfo

TALK = SourceRecord(
    "talk",
    "talk.mp4",
    "done",
    frames=50,
    seconds=0.5,
    without_face=0.1,
    people={"1": {"sad": 0.25, "happy": 0.75}},
)


def _outcome(record: SourceRecord, skipped: bool = False) -> Outcome:
    return Outcome(Job(record.target, record.name), record, skipped)


def _said(*outcomes: Outcome, outputs: Outputs | None = None, stopped: bool = False) -> str:
    console = Console(file=io.StringIO(), width=120)
    _closing.say(BatchSummary(outcomes, stopped), outputs or Outputs(), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_one_source_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.csv").touch()
    said = _said(_outcome(TALK), outputs=Outputs({"csv": "talk.csv", "jsonl": "-"}))
    assert said.splitlines() == [
        "talk.mp4: 50 frames in 0.5 s (100.0 frames/s), 90 % of the time with a face",
        "  #1: happy 75 %, sad 25 %",
        "Wrote talk.csv",
    ]


def test_a_stretch_without_a_frame_is_no_share_of_anything() -> None:
    said = _said(
        _outcome(SourceRecord("talk", "talk.mp4", "done", seconds=0.5)), outputs=Outputs({"csv": "a"})
    )
    assert "talk.mp4: 0 frames in 0.5 s. Nothing was read" in said
    assert "%" not in said


def test_paths_are_never_wrapped_or_read_as_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("[bold]" + "long/" * 60)
    folder.mkdir(parents=True)
    name = f"{folder}/a.csv"
    Path(name).touch()
    assert f"Wrote {name}\n" in _said(_outcome(TALK), outputs=Outputs({"csv": name}))


def test_several_sources_as_a_table_with_what_went_wrong(tmp_path: Path) -> None:
    cut = SourceRecord(
        "cut", "cut.mp4", "partial", "It ends too early.", frames=3, failures=(("c.jpg", "no picture"),)
    )
    gone = SourceRecord("gone", "gone.mp4", "failed", "No such file.")
    outcomes = [_outcome(TALK, skipped=True), _outcome(cut), _outcome(gone)]
    said = _said(*outcomes, outputs=Outputs(folder=tmp_path), stopped=True)
    assert "surprise" in said
    assert "1 done already and skipped" in said
    assert "Partial: cut.mp4: It ends too early. What came before is kept." in said
    assert "  c.jpg: no picture" in said
    assert "Error: gone.mp4: No such file." in said
    assert said.index("Wrote") < said.index("Partial")
    assert "Stopped before the last source." in said


def test_one_skipped_source_is_said() -> None:
    assert "was done already" in _said(_outcome(TALK, skipped=True))


def test_one_failure_is_one_message() -> None:
    gone = SourceRecord("gone", "gone.mp4", "failed", "No such file.")
    assert _said(_outcome(gone), outputs=Outputs({"csv": "x.csv"})) == "Error: No such file.\n"


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    (tmp_path / "a.mp4").write_bytes(bytes(100))
    (tmp_path / "b.mp4").write_bytes(bytes(300))
    return [Job(str(tmp_path / f"{name}.mp4"), name, tmp_path / f"{name}.mp4") for name in "ab"]


def test_the_bar_runs_over_all_sources_by_their_size(jobs: list[Job]) -> None:
    with Bar(jobs, Console(file=io.StringIO(), force_terminal=True)) as bar:
        task = bar.progress.tasks[0]
        bar.started(jobs[0])
        bar.opened(SourceInfo("a", "file", duration=10.0, start=0.0))
        bar.advanced(5, 5.0)
        assert (task.completed, task.total) == (50, 400)
        bar.ended(_outcome(TALK))
        bar.started(jobs[1])
        bar.opened(SourceInfo("b", "file", duration=10.0, start=2.0, end=4.0))
        bar.advanced(5, 3.0)
        assert task.completed == 100 + 150
        bar.advanced(50, 9.0)
        assert task.completed == 400
        assert "2/2 b" in task.description


def test_one_source_without_a_known_end_has_no_time_left(jobs: list[Job]) -> None:
    with Bar(jobs[:1], Console(file=io.StringIO(), force_terminal=True)) as bar:
        bar.started(jobs[0])
        bar.opened(SourceInfo("camera", "live"))
        bar.advanced(5, 5.0)
        assert bar.progress.tasks[0].total is None


def test_a_name_with_brackets_is_shown_as_it_is(tmp_path: Path) -> None:
    shown = io.StringIO()
    path = tmp_path / "take [red] 1.mp4"
    path.write_bytes(bytes(100))
    with Bar([job := Job(str(path), path.stem, path)], Console(file=shown, force_terminal=True)) as bar:
        bar.started(job)
        bar.progress.refresh()
    assert "take [red] 1" in shown.getvalue()
