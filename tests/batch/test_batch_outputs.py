import re
from pathlib import Path

import pytest

from mien import registry
from mien.batch import FORMATS, Job, Outputs, expand
from mien.errors import BadOption, UnknownName

TWO = [Job("a.mp4", "a"), Job("b.mp4", "b")]


def test_every_format_has_a_sink() -> None:
    assert {entry.sink for entry in FORMATS.values()} <= set(registry.names("sinks"))


def test_formats_are_checked() -> None:
    with pytest.raises(UnknownName, match="Did you mean csv"):
        Outputs(formats=("cvs",))


@pytest.mark.parametrize("files", [{"video": "-"}, {"csv": "-", "jsonl": "-"}])
def test_what_stdout_cannot_take(files: dict[str, str]) -> None:
    with pytest.raises(BadOption, match="stdout"):
        Outputs(files)


def test_one_video_cannot_hold_two_sources(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="--out FOLDER --formats video"):
        Outputs({"video": str(tmp_path / "x.mp4")}).check(TWO)


@pytest.mark.parametrize(
    ("sources", "outputs", "reason"),
    [
        ("clip.mp4", Outputs({"video": "clip.mp4"}), "video 'clip.mp4' would overwrite a source"),
        ("clip.mp4 pics", Outputs({"csv": "./clip.mp4"}), "csv 'clip.mp4' would overwrite a source"),
        ("pics", Outputs({"picture": "pics"}), "picture 'pics' would overwrite a source"),
        ("pics/*.jpg", Outputs({"picture": "pics"}), "picture 'pics' would overwrite a source"),
        ("pics/a.jpg", Outputs({"picture": "pics/a.jpg"}), "picture 'pics/a.jpg' would overwrite a source"),
        ("clip.mp4", Outputs({}, Path(), ("csv", "video")), "video 'clip.mp4' would overwrite a source"),
        ("pics", Outputs({}, Path(), ("picture",)), "picture 'pics' would overwrite a source"),
        ("clip.mp4", Outputs({"csv": "x", "jsonl": "./x"}), "Two outputs are called 'x'"),
    ],
)
def test_no_output_takes_the_place_of_a_source_or_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: str, outputs: Outputs, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pics").mkdir()
    for name in ("clip.mp4", "pics/a.jpg", "pics/all.csv"):
        (tmp_path / name).touch()
    with pytest.raises(BadOption, match=re.escape(reason)):
        outputs.check(expand(sources.split()))
    Outputs({"csv": "pics/all.csv", "picture": "marked"}, Path(), ("csv",)).check(expand(sources.split()))


def test_files_of_a_job_carry_its_name(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path, formats=("csv", "video"))
    assert outputs.paths(TWO[0]) == {"csv": tmp_path / "a.csv", "video": tmp_path / "a.mp4"}
    assert outputs.record_path(TWO[0]) == tmp_path / "a.run.json"


def test_the_record_of_files_for_all_lies_beside_the_first() -> None:
    assert Outputs({"csv": "-", "jsonl": "x/b.jsonl"}).record_path() == Path("x/b.jsonl.run.json")
    assert Outputs({"csv": "-"}).record_path() is None


def test_drawing_options_reach_the_sinks_that_draw(tmp_path: Path) -> None:
    files = {"video": str(tmp_path / "a.mp4"), "csv": str(tmp_path / "a.csv")}
    with pytest.raises(BadOption, match="scale"):
        list(Outputs(files, drawing={"scale": 100.0}).shared())
    assert [name for name, _ in Outputs(files, drawing={"scale": 2.0}).shared()] == ["video", "csv"]


@pytest.mark.parametrize("files", [{"video": "v.mkv"}, {"video": "v.png"}, {"picture": "p.bmp"}])
def test_no_file_is_called_what_it_is_not(files: dict[str, str]) -> None:
    with pytest.raises(BadOption, match="written as"):
        Outputs(files).check([Job("a.mp4", "a")])


@pytest.mark.parametrize("name", ["summary.csv", "a.run.json"])
def test_no_file_takes_the_place_of_summary_or_record(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadOption, match="Two outputs"):
        Outputs({"csv": str(tmp_path / name)}, tmp_path).check([Job("a.mp4", "a")])
