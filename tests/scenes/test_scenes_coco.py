import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from mien import imageops
from mien.errors import BadOption, SourceError, UnknownName
from mien.scenes.base import open_scenes
from mien.scenes.coco import Coco
from mien.types import Box

MakeCoco = Callable[..., Path]


def test_a_set_is_read_as_it_is_written(make_coco: MakeCoco) -> None:
    path = make_coco(
        [[[10, 20, 30, 40.5]], [], [[0, 0, 100, 80], [1, 2, 3, 4]]],
        images={0: {"source": "street"}, 1: {"boxes_complete": False}},
        annotations={1: {"mask": "worn", "area": 5}, 3: {"iscrowd": 1}},
    )
    scenes = Coco(str(path)).load().scenes
    assert [scene.path.name for scene in scenes] == ["0.png", "1.png", "2.png"]
    assert [scene.boxes_complete for scene in scenes] == [True, False, True]
    assert [scene.source for scene in scenes] == ["street", "", ""]
    (box,) = scenes[0].boxes
    assert box.box == Box(10, 20, 40, 60.5)
    assert (box.category, box.ignore, dict(box.attributes)) == ("face", False, {"mask": "worn"})
    assert [given.ignore for given in scenes[2].boxes] == [False, True]
    assert scenes[2].image().shape == (80, 100, 3)


@pytest.mark.parametrize(
    ("bbox", "kind"),
    [
        ([10, 20, -30, 40], "negative box"),
        ([10, 20, 30, -40], "negative box"),
        ([-30, 20, 30, 40], "box outside the picture"),
        ([10, -40.5, 30, 40], "box outside the picture"),
        ([10, 20, 0, 40], "empty box"),
        ([10, 20, 30, 0.0], "empty box"),
        ([100, 20, 30, 40], "box outside the picture"),
        ([10, 80.5, 30, 40], "box outside the picture"),
        ([10, 20, 30], "box that is not four numbers"),
        ([10, 20, 30, "4"], "box that is not four numbers"),
        ([10, 20, 30, float("nan")], "box that is not four numbers"),
        ([10, 20, 30, float("inf")], "box that is not four numbers"),
        ([10, 20, 30, 10**400], "box that is not four numbers"),
        (None, "box that is not four numbers"),
        ([True, 20, 30, 40], "box that is not four numbers"),
    ],
)
def test_a_bad_box_is_named_and_skipped_only_when_told_to(make_coco: MakeCoco, bbox: Any, kind: str) -> None:
    path = make_coco([[[1, 2, 3, 4], bbox], [[5, 6, 7, 8]]])
    with pytest.raises(
        SourceError, match=rf"(?s)1 x {kind}:\n  {kind}: annotation 2 of 0\.png.*skip_faults"
    ) as found:
        Coco(str(path)).load()
    assert str(bbox) in str(found.value) or kind == "box that is not four numbers"
    reading = Coco(str(path), skip_faults=True).load()
    assert [len(scene.boxes) for scene in reading.scenes] == [1, 1]
    assert [scene.boxes_complete for scene in reading.scenes] == [False, True]
    assert [fault.kind for fault in reading.faults] == [kind]


@pytest.mark.parametrize(
    ("bbox", "seen"),
    [
        ([-5, 20, 30, 40], Box(0, 20, 25, 60)),
        ([10, -0.5, 30, 40], Box(10, 0, 40, 39.5)),
        ([90, 70, 30, 40], Box(90, 70, 100, 80)),
        ([-5, -5, 200, 200], Box(0, 0, 100, 80)),
    ],
)
def test_a_box_over_the_border_ends_there(make_coco: MakeCoco, bbox: list[float], seen: Box) -> None:
    (scene,) = Coco(str(make_coco([[bbox]]))).load().scenes
    assert scene.boxes[0].box == seen
    assert scene.boxes_complete


def test_without_stated_sizes_boxes_are_held_against_the_pictures_own(make_coco: MakeCoco) -> None:
    without = {0: {"width": None, "height": None}}
    (scene,) = Coco(str(make_coco([[[90, 70, 30, 40]]], images=without))).load().scenes
    assert scene.boxes[0].box == Box(90, 70, 100, 80)
    with pytest.raises(SourceError, match="1 x box outside the picture"):
        Coco(str(make_coco([[[500, 500, 30, 30]]], images=without))).load()


@pytest.mark.parametrize(
    ("flag", "ignored"), [(1, True), ("1", True), ("0", False), (None, False), ("false", False)]
)
def test_flags_may_be_written_as_text(make_coco: MakeCoco, flag: object, ignored: bool) -> None:
    path = make_coco([[[1, 2, 3, 4]]], annotations={1: {"iscrowd": flag}}, images={0: {"source": None}})
    (scene,) = Coco(str(path)).load().scenes
    assert scene.boxes[0].ignore is ignored
    assert scene.source == ""


def test_pictures_that_share_an_id_are_faults(make_coco: MakeCoco) -> None:
    path = make_coco([[[1, 2, 3, 4]], [[5, 6, 7, 8]], [[9, 9, 9, 9]]])
    content = json.loads(path.read_text("utf-8"))
    first = content["images"][0]["id"]
    for entry in (content["images"][1], *content["annotations"][:2]):
        entry["image_id" if "image_id" in entry else "id"] = first
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(
        SourceError, match=rf"(?s)2 x repeated image id:.*0\.png: id {first}.*1\.png: id {first}"
    ):
        Coco(str(path)).load()
    reading = Coco(str(path), skip_faults=True).load()
    assert [scene.path.name for scene in reading.scenes] == ["2.png"]
    assert {fault.kind for fault in reading.faults} == {"repeated image id"}


def test_missing_pictures_are_named_and_counted(
    make_coco: MakeCoco, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_coco([[], [[1, 2, 3, 4]], []])
    for name in ("1.png", "2.png"):
        (path.parent / "faces" / name).unlink()
    with pytest.raises(SourceError, match=r"2 x missing picture") as found:
        Coco(str(path)).load()
    assert "1.png" in str(found.value)
    assert "2.png" in str(found.value)
    with caplog.at_level(logging.WARNING):
        assert len(Coco(str(path), skip_faults=True).load().scenes) == 1
    assert "2 x missing picture" in caplog.text


@pytest.mark.parametrize(
    ("size", "fits"), [((100, 80), True), ((101, 80), True), ((50, 40), False), ((80, 100), False)]
)
def test_boxes_of_a_picture_of_another_size_are_not_believed(
    make_coco: MakeCoco, size: tuple[int, int], fits: bool
) -> None:
    """A set whose pictures were made smaller, or turned, after they had been boxed."""
    path = make_coco([[[10, 20, 30, 40]], [[5, 6, 7, 8]]])
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    (path.parent / "faces" / "0.png").write_bytes(imageops.encode(picture, ".png"))
    if fits:
        assert len(Coco(str(path)).load().scenes) == 2
        return
    with pytest.raises(
        SourceError, match=rf"picture of another size: 0\.png is {size[0]} x {size[1]}, .*100 x 80"
    ):
        Coco(str(path)).load()
    assert [scene.path.name for scene in Coco(str(path), skip_faults=True).load().scenes] == ["1.png"]


def test_sizes_are_those_of_the_upright_picture(make_coco: MakeCoco) -> None:
    """As `Scene.image` reads it."""
    path = make_coco([[[10, 20, 30, 40]]], images={0: {"file_name": "0.jpg", "width": 80, "height": 100}})
    lying = Pillow.new("RGB", (100, 80))
    exif = lying.getexif()
    exif[0x0112] = 6
    lying.save(path.parent / "faces" / "0.jpg", exif=exif)
    (scene,) = Coco(str(path)).load().scenes
    assert scene.image().shape == (100, 80, 3)


def test_pictures_that_cannot_be_read_are_named(make_coco: MakeCoco) -> None:
    path = make_coco([[], [[1, 2, 3, 4]]])
    (path.parent / "faces" / "1.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match=r"1 x unreadable picture:\n.*1\.png"):
        Coco(str(path)).load()
    assert len(Coco(str(path), skip_faults=True).load().scenes) == 1


def test_many_faults_are_counted_but_not_all_shown(make_coco: MakeCoco) -> None:
    path = make_coco([[[0, 0, 0, 0]] * 50])
    with pytest.raises(SourceError, match="50 x empty box") as found:
        Coco(str(path)).load()
    assert "and 30 more" in str(found.value)


def test_boxes_of_no_picture_or_category_are_faults(make_coco: MakeCoco) -> None:
    path = make_coco([[[1, 2, 3, 4]] * 2], annotations={1: {"image_id": 9}, 2: {"category_id": 3}})
    faults = Coco(str(path)).read().faults
    assert {fault.kind for fault in faults} == {"box of no picture", "unknown category"}
    assert any("image_id 9" in fault.what for fault in faults)
    assert any("category_id 3" in fault.what for fault in faults)


@pytest.mark.parametrize("folder", ["faces", "images", "."])
def test_pictures_are_found_where_sets_have_them(make_coco: MakeCoco, folder: str) -> None:
    assert Coco(str(make_coco([[]], folder=folder))).load().scenes


def test_the_layout_of_coco_itself_is_found(
    tmp_path: Path, make_coco: MakeCoco, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_coco([[]], folder="val2017")
    (tmp_path / "annotations").mkdir()
    moved = path.rename(tmp_path / "annotations" / "instances_val2017.json")
    assert Coco(str(moved)).load().scenes[0].path.parent.name == "val2017"
    monkeypatch.chdir(moved.parent)
    assert Coco(moved.name).load().scenes[0].path.parent.name == "val2017"


def test_the_folder_can_be_said(make_coco: MakeCoco, tmp_path: Path) -> None:
    path = make_coco([[]], folder="elsewhere")
    assert Coco(str(path), skip_faults=True).load().scenes == ()
    with pytest.raises(SourceError, match=r"(?s)missing picture: 0\.png.*sought in .*images=FOLDER"):
        Coco(str(path)).load()
    with pytest.raises(SourceError, match=r"images=.*nowhere is no folder"):
        open_scenes(f"coco:{path},images={tmp_path / 'nowhere'}")
    assert open_scenes(f"coco:{path},images={tmp_path / 'elsewhere'}").load().scenes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "is not JSON"),
        ("[]", "no list called images, annotations, categories"),
        ('{"images": [], "annotations": {}, "categories": []}', "no list called annotations"),
        (
            '{"images": [{"id": 1}], "annotations": [], "categories": []}',
            "entry 0 of 'images' has no file_name",
        ),
        ('{"images": [], "annotations": [3], "categories": []}', "entry 0 of 'annotations' has no image_id"),
    ],
)
def test_what_is_no_coco_file_is_said(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=reason):
        Coco(str(path)).load()


def test_a_mark_before_the_text_does_no_harm(make_coco: MakeCoco) -> None:
    path = make_coco([[[1, 2, 3, 4]]])
    path.write_text(path.read_text("utf-8"), "utf-8-sig")  # as Windows' own editors write it
    assert len(Coco(str(path)).load().scenes) == 1


def test_an_absent_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.json.*\.json file of a COCO set"):
        Coco(str(tmp_path / "gone.json")).load()
    with pytest.raises(SourceError, match=r"Cannot read"):
        Coco(str(tmp_path)).load()


def test_a_set_is_written_as_name_and_path(make_coco: MakeCoco) -> None:
    path = make_coco([[]])
    for text in (f"coco:{path}", f"coco:path={path}", f"coco:{path},skip_faults=true"):
        assert open_scenes(text).path == path
    assert open_scenes(f"coco:{path},skip_faults=yes").skip_faults
    assert open_scenes(r"coco:C:\own\val.json").path == Path(r"C:\own\val.json")


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("coco", BadOption, "coco needs path"),
        ("coca:a.json", UnknownName, "Did you mean coco"),
        ("coco:a.json,path=b.json", BadOption, "path twice"),
        ("coco:a.json,size=3", UnknownName, "option of coco"),
    ],
)
def test_a_set_that_cannot_be_is_refused(text: str, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        open_scenes(text)


@pytest.mark.data
@pytest.mark.parametrize(("split", "pictures", "boxes"), [("train", 5105, 6752), ("val", 426, 1433)])
def test_the_faces_are_read_whole(data_folder: Path, split: str, pictures: int, boxes: int) -> None:
    path = data_folder / "faces" / f"{split}.coco.json"
    reading = open_scenes(f"coco:{path}").load()
    assert len(reading.scenes) == pictures
    assert sum(len(scene.boxes) for scene in reading.scenes) == boxes
    masks = sum("mask" in given.attributes for scene in reading.scenes for given in scene.boxes)
    assert masks == sum("mask" in entry for entry in json.loads(path.read_text("utf-8"))["annotations"])


@pytest.mark.parametrize(
    ("entries", "changed", "reason"),
    [
        ("images", {"width": "100"}, "has width = '100'. Give a number of pixels"),
        ("images", {"id": [1]}, r"has id = [1]. Give a number or a text"),
        ("images", {"file_name": 5}, "has file_name = 5. Give a text"),
        ("annotations", {"category_id": [7]}, "has category_id = [7]. Give a number or a text"),
        ("annotations", {"image_id": {}}, "has image_id = {}. Give a number or a text"),
    ],
)
def test_values_of_another_kind_are_named(
    make_coco: MakeCoco, entries: str, changed: dict[str, Any], reason: str
) -> None:
    path = make_coco([[[1, 2, 3, 4]]], **{entries: {int(entries == "annotations"): changed}})
    with pytest.raises(SourceError, match=re.escape(f"entry 0 of '{entries}' {reason}")):
        Coco(str(path)).load()


def test_a_file_without_the_name_of_a_set_is_told_how_to_write_it() -> None:
    with pytest.raises(BadOption, match=r"Write coco:faces\.json"):
        open_scenes("faces.json")
