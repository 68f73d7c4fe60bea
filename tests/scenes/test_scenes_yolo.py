"""Label files of YOLO in the layouts that are common, and what may be wrong with them."""

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

import face_sets
from mien.errors import SourceError, UnknownName
from mien.scenes import _yolo_names
from mien.scenes.base import Reading, open_scenes
from mien.scenes.yolo import Yolo

YAML = "train: ../train/images\nval: ../valid/images\n\nnc: 2\nnames: ['Anger', \"Happiness\"]  # two"


def put(folder: Path, name: str, *lines: str, images: str = "images", labels: str = "labels") -> None:
    """A picture of 100 x 80 pixels and its label file."""
    face_sets.put(folder / images / f"{name}.png", 100, 80)
    face_sets.write(folder / labels / f"{name}.txt", lines)


def read(folder: Path, **options: str) -> Reading:
    return Yolo(str(folder), **options).read()


def test_boxes_are_shares_of_the_sides(tmp_path: Path) -> None:
    put(tmp_path, "one é", "0 0.5 0.5 0.2 0.5", "1 0.1 0.25 0.2 0.5 0.75")
    face_sets.write(tmp_path / "classes.txt", ["Happy", "face"])
    (scene,) = read(tmp_path).scenes
    assert scene.boxes_complete
    assert [each.category for each in scene.boxes] == ["happy", "face"]
    assert scene.boxes[0].box.as_tuple() == pytest.approx((40, 20, 60, 60))
    assert scene.boxes[1].box.as_tuple() == pytest.approx((0, 0, 20, 40))
    assert scene.boxes[1].attributes == {"confidence": 0.75}
    assert scene.image().shape == (80, 100, 3)


def test_an_empty_label_file_is_a_picture_without_faces(tmp_path: Path) -> None:
    put(tmp_path, "none")
    (scene,) = read(tmp_path).scenes
    assert scene.boxes == ()
    assert scene.boxes_complete


def test_polygons_are_taken_as_the_boxes_around_them_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "a", "0 0.2 0.5 0.4 0.25 0.6 0.75")
    put(tmp_path, "b", "0 0.1 0.1 0.3 0.1 0.3 0.2 0.1 0.2", "0 0.5 0.5 0.7 0.5 0.6 0.9")
    with caplog.at_level(logging.WARNING):
        first, _ = read(tmp_path, labels="fer7").scenes
    assert first.boxes[0].box.as_tuple() == pytest.approx((20, 20, 60, 60))
    assert first.boxes[0].category == "angry"
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}: polygons are taken as the boxes around them (3)"
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("7 0.5 0.5 0.2 0.2", "class out of range"),
        ("-1 0.5 0.5 0.2 0.2", "class out of range"),
        ("0.5 0.5 0.5 0.2 0.2", "class out of range"),
        ("0 50 40 20 20", "box outside 0..1"),
        ("0 0.5 -0.1 0.2 0.2", "box outside 0..1"),
        ("0 0.9 0.5 0.4 0.2", "box outside 0..1"),
        ("0 0.5 0.5 0 0.2", "empty box"),
        ("0 0.5 0.5 0.2", "line that is no box"),
        ("0 0.5 0.5 0.2 0.2 0.1 0.1 0.1", "line that is no box"),
        ("angry 0.5 0.5 0.2 0.2", "line that is no box"),
        ("0 nan 0.5 0.2 0.2", "line that is no box"),
    ],
)
def test_wrong_lines_are_named_and_the_picture_is_no_longer_complete(
    tmp_path: Path, line: str, kind: str
) -> None:
    put(tmp_path, "a", "0 0.5 0.5 0.2 0.2", line)
    reading = read(tmp_path, labels="fer7")
    (fault,) = reading.faults
    assert fault.kind == kind
    assert "a.txt line 2" in fault.what
    assert len(reading.scenes[0].boxes) == 1
    assert not reading.scenes[0].boxes_complete
    with pytest.raises(SourceError, match=f"1 x {kind}"):
        Yolo(str(tmp_path), labels="fer7").load()
    assert len(Yolo(str(tmp_path), labels="fer7", skip_faults=True).load().scenes) == 1


def test_what_rounding_lets_out_of_the_picture_is_cut(tmp_path: Path) -> None:
    put(tmp_path, "a", "0 0.9 0.5 0.201 0.2")
    (given,) = read(tmp_path).scenes[0].boxes
    width = read(tmp_path).scenes[0].image().shape[1]
    assert given.box.x2 == width
    assert given.box.x1 == pytest.approx(0.7995 * width)


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_a_picture_too_large_to_be_read_is_a_fault(tmp_path: Path, side: int) -> None:
    from PIL import Image as Pillow

    put(tmp_path, "a", "0 0.5 0.5 0.2 0.2")
    put(tmp_path, "b", "0 0.5 0.5 0.2 0.2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pillow, "MAX_IMAGE_PIXELS", None)  # to write it
        Pillow.new("1", (side, side)).save(tmp_path / "images" / "b.png")
    reading = read(tmp_path)
    assert [(fault.kind, fault.what[:5]) for fault in reading.faults] == [("unreadable file", "b.png")]
    assert [scene.path.name for scene in reading.scenes] == ["a.png"]


def test_without_names_any_class_is_valid(tmp_path: Path) -> None:
    put(tmp_path, "a", "12 0.5 0.5 0.2 0.2")
    assert read(tmp_path).scenes[0].boxes[0].category == "class 12"


def test_pictures_and_labels_without_each_other_are_faults(tmp_path: Path) -> None:
    put(tmp_path, "both")
    face_sets.put(tmp_path / "images" / "alone.png")
    face_sets.write(tmp_path / "labels" / "stray.txt", [])
    face_sets.write(tmp_path / "README.txt", ["no labels"])
    reading = read(tmp_path)
    assert [(fault.kind, fault.what) for fault in reading.faults] == [
        ("picture without labels", "alone.png"),
        ("labels without picture", "stray.txt"),
    ]
    assert [scene.path.name for scene in reading.scenes] == ["both.png"]


def test_unreadable_files_are_faults(tmp_path: Path) -> None:
    put(tmp_path, "a")
    put(tmp_path, "b")
    (tmp_path / "images" / "a.png").write_bytes(b"no picture")
    (tmp_path / "labels" / "b.txt").write_bytes(b"\xff\xfe\xfa")
    reading = read(tmp_path)
    assert [fault.kind for fault in reading.faults] == ["unreadable file"] * 2
    assert not reading.scenes


def test_labels_may_lie_beside_the_pictures(tmp_path: Path) -> None:
    put(tmp_path, "a", "3 0.5 0.5 0.5 0.5", images=".", labels=".")
    (scene,) = read(tmp_path, labels="fer7").scenes
    assert scene.boxes[0].category == "happy"


@pytest.mark.parametrize(
    ("images", "labels"),
    [("train/images", "train/labels"), ("images/train", "labels/train"), ("train", "train")],
)
def test_parts_are_found_in_every_common_layout(tmp_path: Path, images: str, labels: str) -> None:
    put(tmp_path, "a", "1 0.5 0.5 0.5 0.5", images=images, labels=labels)
    other = images.replace("train", "valid"), labels.replace("train", "valid")
    put(tmp_path, "b", images=other[0], labels=other[1])
    face_sets.write(tmp_path / "data.yaml", [YAML])
    (scene,) = read(tmp_path, split="train").scenes
    assert scene.boxes[0].category == "happy"
    assert [scene.path.stem for scene in read(tmp_path / "data.yaml", split="val").scenes] == ["b"]
    assert len(read(tmp_path).scenes) == 2
    with pytest.raises(SourceError, match="no part 'test'"):
        read(tmp_path, split="test")


@pytest.mark.parametrize(
    "lines",
    [
        ["names: [Anger, 'happy']", "nc: 2"],
        ["nc: 2", "names:", "- Anger", "- happy"],
        [
            "# a set",
            "path: /data",
            "names:",
            "  0: Anger  # the first",
            "  1: 'happy'",
            "roboflow:",
            "  version: 3",
        ],
        ["names: {0: Anger, 1: happy}"],
        ["names: [", "  'Anger',  # the first", "  'happy'", "]", "nc: 2"],
        ["names: [Anger,", "  happy]"],
        ["names: {", "  0: Anger,", "  1: happy,", "}", "nc: 2"],
    ],
)
def test_names_are_read_in_every_form(tmp_path: Path, lines: list[str]) -> None:
    path = face_sets.write(tmp_path / "data.yaml", lines)
    assert _yolo_names.describe(path).names == {0: "angry", 1: "happy"}


def test_parts_lie_under_the_path_that_is_stated(tmp_path: Path) -> None:
    path = face_sets.write(tmp_path / "data.yaml", ["path: there", "val: images/val", "names: [face]"])
    assert _yolo_names.describe(path).parts == {"val": "there/images/val"}


def test_a_wrong_count_of_names_is_an_error(tmp_path: Path) -> None:
    path = face_sets.write(tmp_path / "data.yaml", ["nc: 3", "names: [a, b]"])
    with pytest.raises(SourceError, match="nc: 3, but names 2"):
        _yolo_names.describe(path)


def test_sides_are_those_of_the_upright_picture(tmp_path: Path) -> None:
    put(tmp_path, "a", "0 0.5 0.5 0.5 1")
    (tmp_path / "images" / "a.png").unlink()
    exif = Pillow.Exif()
    exif[0x0112] = 6
    pixels = np.zeros((80, 100, 3), np.uint8)
    Pillow.fromarray(pixels).save(tmp_path / "images" / "a.jpg", exif=exif)
    (scene,) = read(tmp_path).scenes
    assert scene.image().shape == (100, 80, 3)
    assert scene.boxes[0].box.as_tuple() == pytest.approx((20, 0, 60, 100))


def test_a_set_without_pictures_and_wrong_options_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no picture"):
        read(tmp_path)
    with pytest.raises(UnknownName, match="split"):
        open_scenes(f"yolo:{tmp_path},split=first")
    with pytest.raises(UnknownName, match="label set"):
        open_scenes(f"yolo:{tmp_path},labels=fer9")
    (tmp_path / "data.yaml").write_bytes(b"\xff\xff")
    with pytest.raises(SourceError, match="Cannot read"):
        read(tmp_path)
