from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.batch import expand
from mien.errors import SourceError
from mien.pipeline import source_name


def _touch(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"x")


def test_a_folder_is_its_pictures_and_each_video(tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    _touch(folder, "b.mp4", "a.MOV", "one.jpg", "two.png", "notes.txt", ".hidden.mp4")
    jobs = expand([str(folder)])
    assert [job.target for job in jobs] == [str(folder), str(folder / "a.MOV"), str(folder / "b.mp4")]
    assert [job.name for job in jobs] == ["holiday", "a", "b"]


def test_a_folder_of_videos_has_no_job_for_pictures(tmp_path: Path) -> None:
    _touch(tmp_path / "clips", "b.mp4", "a.mp4")
    assert [job.name for job in expand([str(tmp_path / "clips")])] == ["a", "b"]


def test_a_glob_is_split_the_same_way(tmp_path: Path) -> None:
    _touch(tmp_path / "mixed", "x1.jpg", "x2.mp4", "y.mp4")
    pattern = str(tmp_path / "mixed" / "x*")
    assert [job.target for job in expand([pattern])] == [pattern, str(tmp_path / "mixed" / "x2.mp4")]


@pytest.mark.parametrize("name", ["empty", "none-*.mp4"])
def test_nothing_to_read_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no picture and no video"):
        expand([str(tmp_path / name)])


def test_a_file_that_looks_like_a_glob_is_a_file(tmp_path: Path) -> None:
    _touch(tmp_path, "take[1].mp4")
    path = str(tmp_path / "take[1].mp4")
    assert [(job.target, job.name) for job in expand([path])] == [(path, "take[1]")]


def test_cameras_and_streams_stand_as_they_are() -> None:
    jobs = expand([0, "rtsp://user:secret@host:8554/door?x=1", "http://host:8080/"])
    assert [job.target for job in jobs] == [0, "rtsp://user:secret@host:8554/door?x=1", "http://host:8080/"]
    assert [job.name for job in jobs] == ["camera-0", "door", "host_8080"]
    assert all(job.path is None and job.weight == 1 for job in jobs)


def test_files_of_one_stem_keep_their_suffix_and_then_get_numbers(tmp_path: Path) -> None:
    _touch(tmp_path / "one", "talk.mp4", "Talk.avi")
    _touch(tmp_path / "two", "talk.mp4")
    names = [job.name for job in expand([str(tmp_path / "one"), str(tmp_path / "two")])]
    assert names == ["Talk.avi", "talk.mp4", "talk.mp4-2"]


def test_no_job_takes_the_name_of_the_summary(tmp_path: Path) -> None:
    _touch(tmp_path, "Summary.mp4")
    _touch(tmp_path / "summary", "a.jpg")
    jobs = expand([str(tmp_path / "Summary.mp4"), str(tmp_path / "summary")])
    assert [job.name for job in jobs] == ["Summary.mp4", "summary-2"]


def test_a_source_named_twice_is_one_job(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4")
    assert len(expand([str(tmp_path / "a.mp4"), str(tmp_path / "a.mp4")])) == 1


def test_weight_is_the_size_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"12345")
    assert expand([str(tmp_path / "a.mp4")])[0].weight == 5


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8))
def test_names_are_unique_and_can_be_file_names(words: list[str]) -> None:
    jobs = expand([f"rtsp://host/{word}" for word in words])
    folded = [job.name.casefold() for job in jobs]
    assert len(set(folded)) == len(folded)
    assert all(not set('<>:"/\\|?*\x00') & set(job.name) for job in jobs)


@pytest.mark.parametrize(("target", "words"), [("", "names no source"), ("a**b.jpg", "not a pattern")])
def test_what_names_nothing_is_said(target: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        expand([target])


def test_two_stars_stand_for_all_below(tmp_path: Path) -> None:
    _touch(tmp_path / "one", "a.mp4")
    (job,) = expand([str(tmp_path / "**")])
    assert job.name == "a"


def test_a_folder_called_by_digits_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "a.png").touch()
    (job,) = expand(["2024"])
    assert (job.name, source_name(job.target)) == ("2024", "images")
    assert source_name("2025") == "camera"


def test_no_part_of_a_password_becomes_a_name() -> None:
    (job,) = expand(["rtsp://user:se@cret@door/live"])
    assert job.name == "live"
    (job,) = expand(["rtsp://user:se@cret@door"])
    assert job.name == "door"
