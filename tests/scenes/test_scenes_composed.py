"""Scenes composed of made faces."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import face_sets
from mien import geometry, imageops, registry
from mien.errors import BadOption, SourceError, UnknownName
from mien.labels import FER7
from mien.scenes import _store, composed
from mien.scenes._layout import MOST_ROWS, LayoutOptions, layout
from mien.scenes.base import MadeScene, Scene, open_scenes
from mien.scenes.composed import Composed


@pytest.fixture(autouse=True)
def _few_grounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composed, "MADE", 2)
    monkeypatch.setattr(composed, "MADE_SIDE", 64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    face_sets.fer2013(tmp_path)
    return tmp_path


def scenes(folder: Path, **options: object) -> tuple[Scene, ...]:
    made: Composed = registry.load("scenes", "composed", path=str(folder), side=96, count=12, **options)
    return made.load().scenes


def test_every_face_has_a_box_within_the_picture_and_an_expression(folder: Path) -> None:
    made = scenes(folder)
    assert len(made) == 12
    boxes = [each for scene in made for each in scene.boxes]
    assert len(boxes) > 12
    assert {each.category for each in boxes} <= set(FER7[:3])  # what the made PublicTest shows
    for each in boxes:
        assert 0 <= each.box.x1 < each.box.x2 <= 96
        assert 0 <= each.box.y1 < each.box.y2 <= 96
        assert each.box.height > 12
    assert all(scene.boxes_complete and scene.source == "composed PublicTest" for scene in made)


def test_the_same_seed_makes_the_same_scenes(folder: Path) -> None:
    first, again, other = scenes(folder), scenes(folder), scenes(folder, seed=2)
    assert [each.boxes for each in first] == [each.boxes for each in again]
    assert [each.boxes for each in first] != [each.boxes for each in other]
    np.testing.assert_array_equal(first[3].image(), again[3].image())
    assert first[3].image().shape == (96, 96, 3)
    assert len({str(each.path) for each in (*first, *other)}) == 24


def test_a_fresh_scene_has_the_size_asked_for_and_follows_from_its_generator(folder: Path) -> None:
    made = open_scenes(f"composed:{folder},split=Training,balance=0.5")
    assert isinstance(made, Composed)
    first = made.compose(np.random.default_rng(4), 120, 80)
    again = pickle.loads(pickle.dumps(made)).compose(np.random.default_rng(4), 120, 80)
    assert first.image.shape == (80, 120, 3)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    assert len(first.boxes) == len(first.targets)


def test_badges_are_laid_where_other_pieces_lie_and_change_no_face(folder: Path) -> None:
    plain, badged = scenes(folder), scenes(folder, emblems=1.0)
    assert [each.boxes for each in plain] == [each.boxes for each in badged]
    pictures = [(one.image(), other.image()) for one, other in zip(plain, badged, strict=True)]
    assert any((one != other).any() for one, other in pictures)
    assert all(one.shape == other.shape for one, other in pictures)
    np.testing.assert_array_equal(badged[3].image(), scenes(folder, emblems=1.0)[3].image())


def test_a_share_of_badges_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(BadOption, match=r"emblems=1\.5"):
        scenes(folder, emblems=1.5)


def test_splits_do_not_share_faces(folder: Path) -> None:
    crops = {split: Composed(str(folder), split=split)._crops()[0] for split in ("Training", "PublicTest")}
    assert len(crops["Training"]) == 5
    assert len(crops["PublicTest"]) == 3
    kept = {crop.tobytes() for crop in crops["Training"]}
    assert not kept & {crop.tobytes() for crop in crops["PublicTest"]}


def test_rows_that_leaked_and_blank_ones_are_left_out(folder: Path) -> None:
    flags = folder / "fer2013" / "row_flags.csv"
    face_sets.write(flags, ["row,row_exact,label_ambiguous,exact_dup_in_training", "6,1,0,1"])
    blank = f"3,{' '.join(['9'] * 48 * 48)},PublicTest"
    with (folder / "fer2013" / "fer2013.csv").open("a", encoding="utf-8") as file:
        file.write(blank + "\n")
    crops, targets = Composed(str(folder))._crops()
    assert len(crops) == len(targets) == 2
    flags.unlink()
    assert len(Composed(str(folder))._crops()[0]) == 3  # what was kept is not used for other files


def test_what_raters_called_no_face_is_left_out(folder: Path) -> None:
    before = Composed(str(folder))._crops()[0]
    face_sets.ferplus(folder)  # its votes call no picture "not a face"
    votes = folder / "fer2013" / "fer2013new.csv"
    assert len(Composed(str(folder))._crops()[0]) == 3
    lines = votes.read_text("utf-8").splitlines()
    lines[1 + 6] = "PublicTest,fer0000006.png,0,1,0,0,0,0,0,0,0,9"
    face_sets.write(votes, lines)
    crops, targets = Composed(str(folder))._crops()
    assert targets.tolist() == [0, 2]
    np.testing.assert_array_equal(crops, before[[0, 2]])
    assert len(Composed(str(folder), split="Training")._crops()[0]) == 5


def test_faces_are_no_lower_than_asked_for(folder: Path) -> None:
    heights = [each.box.height for scene in scenes(folder, smallest=40.0) for each in scene.boxes]
    assert min(heights) > 0.8 * 40  # at an edge a part of a face may be cut off


def test_grounds_are_cut_from_the_photographs_that_belong_to_the_split(folder: Path) -> None:
    for name, fill in (("train", 30), ("val", 200)):
        (folder / "faces" / name).mkdir(parents=True)
        picture = np.full((90, 90, 3), fill, np.uint8)
        (folder / "faces" / name / "0.png").write_bytes(imageops.encode(picture, ".png"))
        content = {"images": [{"id": 0, "file_name": "0.png"}], "annotations": [], "categories": []}
        (folder / "faces" / f"{name}.coco.json").write_text(json.dumps(content), "utf-8")
    assert (Composed(str(folder))._pictures()[0] == 200).all()
    assert (Composed(str(folder), split="Training")._pictures()[0] == 30).all()
    assert (Composed(str(folder / "fer2013"))._pictures()[0] == 200).all()
    named = Composed(str(folder), grounds=f"coco:{folder / 'faces' / 'train.coco.json'}")
    assert (named._pictures()[0] == 30).all()


def test_a_photograph_full_of_faces_is_no_ground(folder: Path, make_coco: object) -> None:
    path = make_coco([[[0, 0, 90, 75]], [[10, 10, 8, 8]]])  # type: ignore[operator]
    store = Composed(str(folder), grounds=f"coco:{path}")._pictures()
    assert store.labels["counts"].tolist() == [1, 0, 0]
    assert (store[0] == 10).all()


def test_the_folder_form_of_fer2013_does_too(tmp_path: Path) -> None:
    for part in ("train", "PublicTest"):
        for word in ("angry", "happy"):
            face_sets.put(tmp_path / "fer2013" / part / word / f"{part}_{word}.png", 48, 48, colour=False)
    assert {each.category for scene in scenes(tmp_path) for each in scene.boxes} == {"angry", "happy"}


@pytest.mark.parametrize("options", [{"count": 0}, {"side": 8}, {"faces": 0}])
def test_senseless_sizes_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(BadOption, match="give at least"):
        Composed("anywhere", **options)


def test_faces_of_a_collage_stand_in_rows(folder: Path) -> None:
    for scene in scenes(folder, split="Training", rows=1.0):
        boxes = geometry.as_array([each.box for each in scene.boxes])
        middles = boxes[:, :2] + boxes[:, 2:]
        rows = {round(float(y)) for y in middles[:, 1]}
        columns = {round(float(x)) for x in middles[:, 0]}
        assert len(boxes) == len(rows) * len(columns) >= 4
        assert (geometry.iou(boxes, boxes) - np.eye(len(boxes))).max() < 0.05
        assert scene.image().shape == (96, 96, 3)


@pytest.mark.parametrize("side", [20, 24, 30, 500])
def test_a_collage_fits_into_a_picture_of_any_size(side: int) -> None:
    options = LayoutOptions(rows=1.0, smallest=24)
    made = layout(np.random.default_rng(0), side, 2 * side, options)
    assert 2 <= len(made.faces) <= 2 * MOST_ROWS**2
    assert all(place.height <= side and 0 < place.x < side and 0 < place.y < 2 * side for place in made.faces)


def test_an_unknown_split_is_named(folder: Path) -> None:
    with pytest.raises(UnknownName, match="PublicTest, Training"):
        scenes(folder, split="val")


def test_a_part_of_blank_pictures_is_an_error(tmp_path: Path) -> None:
    blank = f"3,{' '.join(['9'] * 48 * 48)},PublicTest"
    face_sets.write(tmp_path / "fer2013" / "fer2013.csv", ["emotion,pixels,Usage", blank])
    with pytest.raises(SourceError, match="no face that can be used"):
        scenes(tmp_path)


def test_a_made_scene_gives_what_it_was_told() -> None:
    image = np.full((4, 5, 3), 7, np.uint8)
    assert MadeScene(Path("a"), make=lambda: image).image() is image


def test_a_store_goes_to_another_process_without_its_pixels(tmp_path: Path) -> None:
    pictures = [np.full((3 + number, 4, 3), number, np.uint8) for number in range(3)]
    store = _store.kept("some", lambda labels: iter(pictures))
    assert len(store) == 3
    for number in range(3):
        np.testing.assert_array_equal(store[number], pictures[number])
    data = pickle.dumps(store)
    assert b"memmap" not in data
    np.testing.assert_array_equal(pickle.loads(data)[2], pictures[2])
    assert len(_store.kept("none", lambda labels: iter(()))) == 0


@pytest.mark.data
def test_a_detector_finds_published_faces_where_their_boxes_are(data_folder: Path) -> None:
    detector = registry.load("detectors", "mien_face")
    made = Composed(str(data_folder), count=12)
    found = known = 0
    for scene in made.load().scenes:
        boxes = [detection.box for detection in detector.detect(scene.image())]
        for each in scene.boxes:
            x, y = each.box.center
            known += 1
            found += any(box.x1 < x < box.x2 and box.y1 < y < box.y2 for box in boxes)
    assert found / known > 0.6


@pytest.mark.parametrize(
    "option", [{"seed": -1}, {"balance": float("nan")}, {"balance": 2.0}, {"rows": -0.5}]
)
def test_numbers_that_nothing_can_be_drawn_by_are_refused(tmp_path: Path, option: dict[str, float]) -> None:
    with pytest.raises(BadOption, match=next(iter(option))):
        Composed(str(tmp_path), **option)
