"""Pictures that come out with faces drawn on them."""

from pathlib import Path

import numpy as np
import pytest

from mien import imageops
from mien.errors import SinkError
from mien.sinks.annotated_pictures import AnnotatedPictures
from mien.types import Box, Face, Frame, FrameResult, SourceInfo

PICTURES = SourceInfo("folder", "pictures")


def item(source: str, index: int = 0) -> tuple[Frame, FrameResult]:
    frame = Frame(np.full((60, 80, 3), 90, np.uint8), index, 0.0, source)
    return frame, FrameResult(source, index, 0.0, 80, 60, (Face(Box(20, 10, 50, 50), 0.9),))


def write(path: Path, sources: list[str], info: SourceInfo = PICTURES) -> None:
    with AnnotatedPictures(path) as sink:
        sink.begin(info)
        for index, source in enumerate(sources):
            sink.write(*item(source, index))


@pytest.mark.parametrize("suffix", [".jpg", ".PNG", ".webp"])
def test_one_picture_in_the_format_of_its_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write(path, ["a.jpg"])
    image = imageops.read(path)
    assert image.shape == (60, 80, 3)
    assert not np.array_equal(image, item("a")[0].image)


def test_a_second_picture_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="folder instead"):
        write(tmp_path / "out.jpg", ["a.jpg", "b.jpg"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_keeps_names_and_formats_and_numbers_doubles(tmp_path: Path) -> None:
    write(tmp_path / "out", ["x/a.png", "y/A.png", "y/b.tiff", "z/表.jpg", ""])
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"a.png", "A-2.png", "b.jpg", "表.jpg", "picture.jpg"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_frames_of_a_video_are_numbered(tmp_path: Path) -> None:
    write(tmp_path / "out", ["clip.mp4", "clip.mp4"], SourceInfo("clip.mp4", "file"))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"clip-000000.jpg", "clip-000001.jpg"}


@pytest.mark.parametrize(
    ("source", "name"),
    [("camera:0", "camera_0-000000.jpg"), ("http://host:80/live?id=7&q=*", "live_id=7&q=_-000000.jpg")],
)
def test_names_of_cameras_and_streams_become_names_of_files(tmp_path: Path, source: str, name: str) -> None:
    """Of files that Windows takes, too."""
    write(tmp_path / "out", [source], SourceInfo(source, "live"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_what_lies_in_the_folder_already_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    write(folder, ["a.jpg"])
    assert {path.name for path in folder.iterdir()} == {"mine.txt", "a.jpg"}


def test_an_error_leaves_no_folder(tmp_path: Path) -> None:
    sink = AnnotatedPictures(tmp_path / "out")
    sink.begin(PICTURES)
    sink.write(*item("a.jpg"))
    sink.close(discard=True)
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_and_a_missing_parent_are_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="it is a file"):
        AnnotatedPictures(tmp_path / "file")
    with pytest.raises(SinkError, match="Create it first"):
        AnnotatedPictures(tmp_path / "none" / "out")
