"""Faces and expressions scored on pictures whose answers are known, beside pycocotools' own figures."""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

pytest.importorskip("onnx", reason="onnx makes the models (extra train)")
pytest.importorskip("pycocotools", reason="average precision comes with the extra evaluate")

import made_detectors as made
from mien import imageops
from mien.cli import main
from mien.errors import BadOption, MissingExtra, SourceError
from mien.evaluation import plots_expressions
from mien.evaluation.expressions import PAPER, Settings, evaluate
from mien.evaluation.expressions_figures import figures
from mien.evaluation.expressions_readers import Read, ordered
from mien.evaluation.expressions_time import FACES, crowd
from mien.evaluation.expressions_truth import IGNORED, UNKNOWN, Stated, counting
from mien.labels import FER7

HAPPY, SAD = FER7.index("happy"), FER7.index("sad")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(made.anchors(tmp_path_factory.mktemp("reader") / "reader.onnx", labels=FER7))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two pictures: happy read right, sad read as fear, one of no known expression, one missed; one false."""
    folder = tmp_path_factory.mktemp("scenes")
    names = [*FER7, "face"]
    given = [
        (1, (160, 96), "happy", "happy"),
        (1, (320, 96), "sad", "fear"),
        (2, (160, 96), "face", "angry"),
        (2, (320, 192), "neutral", ""),
        (2, (480, 96), "", "disgust"),
    ]
    images = {1: np.zeros((320, 640, 3), np.uint8), 2: np.zeros((320, 640, 3), np.uint8)}
    annotations = []
    for number, (picture, (x, y), there, said) in enumerate(given, 1):
        if said:
            images[picture][y : y + 16, x : x + 16] = (255, made.GREEN_STEP * FER7.index(said), 0)
        if there:
            box, kind = [x - 4, y - 8, 24, 32], names.index(there) + 1
            annotations.append({"id": number, "image_id": picture, "category_id": kind, "bbox": box})
    (folder / "images").mkdir()
    for picture, image in images.items():
        (folder / "images" / f"{picture}.png").write_bytes(imageops.encode(image, ".png"))
    content = {
        "images": [
            {"id": at, "file_name": f"{at}.png", "width": 640, "height": 320, "source": name}
            for at, name in ((1, "collage7"), (2, "other"))
        ],
        "annotations": annotations,
        "categories": [{"id": at, "name": name} for at, name in enumerate(names, 1)],
    }
    (folder / "set.json").write_text(json.dumps(content), "utf-8")
    return f"coco:{folder / 'set.json'}"


def test_each_figure_of_known_pictures(reader: str, scenes: str) -> None:
    report = evaluate([reader], Settings(scenes, rounds=0))
    assert (report["data"]["unknown"], report["data"]["faces"]["happy"]) == (1, 1)
    assert report["data"]["notes"] == ["collage7 repeats people across its splits"]
    row = report["readers"][reader]
    assert row["stages"] == 1
    assert row["map50"]["happy"] == pytest.approx(1)
    assert row["map50"]["neutral"] == 0
    assert row["map50"]["fear"] is None
    assert row["precision"]["happy"] == row["recall"]["happy"] == 1
    assert row["found"]["share"] == pytest.approx(3 / 4)
    assert row["found"]["faces"] == 4
    counts = np.array(row["confusion"])
    assert counts[HAPPY, HAPPY] == counts[SAD, FER7.index("fear")] == 1
    assert counts[FER7.index("neutral"), -1] == counts[-1, FER7.index("disgust")] == 1
    assert counts.sum() == 4, "the face without an expression is neither right nor wrong"
    assert [(one["faces"], one["found"], one["right"]) for one in row["sizes"]] == [
        (0, 0, 0),
        (3, 2, 1),
        (0, 0, 0),
        (0, 0, 0),
    ]


def test_one_part_of_a_set(reader: str, scenes: str) -> None:
    report = evaluate([reader], Settings(scenes, source="other", rounds=0))
    assert (report["data"]["pictures"], report["data"]["notes"]) == (1, [])
    with pytest.raises(BadOption, match=r"'elsewhere'.*collage7, other"):
        evaluate([reader], Settings(scenes, source="elsewhere"))


def test_a_set_without_pictures_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text('{"images": [], "annotations": [], "categories": []}', "utf-8")
    with pytest.raises(SourceError, match="has no picture that can be used"):
        evaluate(["yolo_expression"], Settings(f"coco:{empty}"))


def test_one_stage_and_two_side_by_side_as_table_json_and_plots(
    reader: str, scenes: str, tmp_path: Path
) -> None:
    pair, out = f"{reader}+mini_xception", tmp_path / "figures.json"
    flags = ["--data", scenes, "--rounds", "1", "--json", str(out), "--plots", str(tmp_path / "plots")]
    result = CliRunner().invoke(main.app, ["evaluate", "expressions", reader, pair, *flags])
    assert result.exit_code == 0, result.output
    assert "paper (RAF-DB)" in result.stdout
    assert "0.852 / 0.908" in result.stdout
    report = json.loads(out.read_text("utf-8"))
    assert {name: row["stages"] for name, row in report["readers"].items()} == {reader: 1, pair: 2}
    assert report["readers"][pair]["found"] == report["readers"][reader]["found"]
    assert [one["faces"] for one in report["readers"][pair]["time"]] == [1, 5, 15]
    for name in ("precision_recall", "confusion", "sizes"):
        assert (tmp_path / "plots" / f"{name}.png").stat().st_size > 1000


def test_what_has_to_be_said_stands_under_the_plots(
    reader: str, scenes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Figure, "supxlabel", lambda figure, text, **style: said.append(text))
    plots_expressions.draw(evaluate([reader], Settings(scenes, source="other", rounds=0)), tmp_path)
    assert said == []
    plots_expressions.draw(evaluate([reader], Settings(scenes, rounds=0)), tmp_path)
    assert said == ["collage7 repeats people across its splits"] * 3


def made_up(seed: int) -> tuple[list[Stated], list[Read]]:
    """Pictures with faces of three expressions, found askew, some read wrong, some false."""
    random = np.random.default_rng(seed)
    truths, reads = [], []
    for _ in range(12):
        corners = random.uniform(0, 500, (4, 2)).astype(np.float32)
        boxes = np.concatenate(
            (corners, corners + random.uniform(20, 120, (4, 2)).astype(np.float32)), axis=1
        )
        found = np.concatenate((boxes + random.normal(0, 6, boxes.shape), boxes[:2] + 300)).astype(np.float32)
        scores = np.sort(random.uniform(0.1, 1, len(found)).astype(np.float32))[::-1]
        read = random.dirichlet(np.ones(7) / 3, len(found)).astype(np.float32)
        truths.append(Stated(boxes, random.integers(2, 5, 4), "", True))
        reads.append(Read(random.permutation(found), scores, read))
    return truths, reads


def test_average_precision_is_that_of_pycocotools() -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truths, reads = made_up(3)
    row = figures(truths, reads, ())
    given = [
        {"image_id": at, "category_id": int(label), "bbox": _sides(box), "area": 1.0, "iscrowd": 0}
        for at, truth in enumerate(truths)
        for box, label in zip(truth.boxes, truth.classes, strict=True)
    ]
    answers = [
        {"image_id": at, "category_id": label, "bbox": _sides(box), "score": float(score), "area": 1.0}
        for at, read in enumerate(reads)
        for box, scores in zip(read.boxes, read.expressed, strict=True)
        for label, score in enumerate(scores)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator = COCOeval(_coco(COCO(), given), _coco(COCO(), answers), "bbox")
        evaluator.params.maxDets = [1, 10, 1000]
        evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluator.evaluate()
        evaluator.accumulate()
    precision = evaluator.eval["precision"][:, :, :, 0, 2]  # IoUs, recalls, classes
    for place in (2, 3, 4):
        column = evaluator.params.catIds.index(place)
        assert row["map50"][FER7[place]] == pytest.approx(precision[0, :, column].mean(), abs=1e-6)
        assert row["map"][FER7[place]] == pytest.approx(precision[:, :, column].mean(), abs=1e-6)
    known = [row["map50"][FER7[place]] for place in (2, 3, 4)]
    assert row["map50"]["all"] == pytest.approx(np.mean(known))


def _coco(coco: Any, entries: list[dict[str, Any]]) -> Any:
    coco.dataset = {
        "images": [{"id": at} for at in range(12)],
        "categories": [{"id": at, "name": label} for at, label in enumerate(FER7)],
        "annotations": [{"id": number, "iscrowd": 0, **entry} for number, entry in enumerate(entries, 1)],
    }
    coco.createIndex()
    return coco


def _sides(box: Any) -> list[float]:
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


def test_nothing_found_and_nothing_there() -> None:
    nothing = Read(*(np.empty(shape, np.float32) for shape in ((0, 4), 0, (0, 7))))
    empty = Stated(np.empty((0, 4), np.float32), np.empty(0, np.int64), "", True)
    face = Stated(np.array([[0, 0, 9, 9]], np.float32), np.array([HAPPY]), "", True)
    row = figures([empty], [nothing], ())
    assert (row["map50"]["all"], row["confidence"], row["found"]["share"]) == (None, None, None)
    row = figures([face], [nothing], ())
    assert (row["map50"]["all"], row["recall"]["all"], row["found"]["share"]) == (0, 0, 0)


def test_pictures_with_missing_boxes_count_for_found_only() -> None:
    box = np.array([[0, 0, 40, 40]], np.float32)
    sure = Read(box, np.array([0.9], np.float32), np.eye(7, dtype=np.float32)[[HAPPY]])
    whole = Stated(box, np.array([HAPPY]), "", True)
    part = Stated(box, np.array([SAD]), "", False)
    row = figures([whole, part], [sure, sure], ())
    assert (row["found"]["share"], row["found"]["faces"]) == (1, 2)
    assert (row["map50"]["happy"], row["map50"]["sad"]) == (1, None)


@pytest.mark.parametrize(
    ("names", "changes", "complaint"),
    [
        ([], {}, "Readers given: none"),
        (["haar"], {}, r"haar reads no expressions itself.*haar\+mini_xception"),
        (["haar+mini_xception"] * 2, {}, "each once"),
        (["haar+mini_xception"], {"heights": (64, 32)}, "rising numbers"),
        (["haar+mini_xception"], {"rounds": -1}, "rounds=-1"),
    ],
)
def test_settings_that_cannot_be(
    scenes: str, names: list[str], changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadOption, match=complaint):
        evaluate(names, Settings(scenes, **changes))


def test_labels_come_in_one_order() -> None:
    rows = ordered(np.array([[0.6, 0.3, 0.1]], np.float32), ("contempt", "happy", "sad"))
    assert rows[0, HAPPY] == pytest.approx(0.3)
    assert rows[0, SAD] == pytest.approx(0.1)
    assert rows.sum() == pytest.approx(0.4)


def test_the_papers_means_are_those_of_its_expressions() -> None:
    rows = np.array([PAPER[label] for label in FER7])
    np.testing.assert_allclose(rows.mean(axis=0), PAPER["all"], atol=0.005)


@pytest.mark.parametrize("count", FACES)
def test_a_crowd_has_its_faces(count: int) -> None:
    image, boxes = crowd(count)
    assert image.shape == (720, 1280, 3)
    assert len(boxes) == count
    assert all(0 <= box.x1 < box.x2 <= 1280 and 0 <= box.y1 < box.y2 <= 720 for box in boxes)


@pytest.mark.parametrize(
    ("ends", "words"), [((None, 32), "under 32"), ((32, 64), "32 to 64"), ((64, None), "over 64")]
)
def test_slices_in_words(ends: tuple[Any, Any], words: str) -> None:
    assert plots_expressions.height({"from": ends[0], "to": ends[1]}) == words


def test_faces_in_a_crowd_are_neither_right_nor_wrong() -> None:
    boxes = np.array([[10, 10, 60, 60], [200, 0, 600, 400], [0, 200, 40, 240]], np.float32)
    stated = Stated(boxes, np.array([HAPPY, IGNORED, UNKNOWN]), "", True)
    inside = np.array([[10, 10, 60, 60], [300, 100, 340, 150], [0, 200, 40, 240]], np.float32)
    read = Read(inside, np.ones(3, np.float32), np.eye(7, dtype=np.float32)[[HAPPY] * 3])
    for lowest, kept in ((UNKNOWN, [0, 2]), (0, [0])):
        faces, seen = counting(stated, read, lowest, 0.5)
        np.testing.assert_array_equal(faces.boxes, boxes[kept])
        np.testing.assert_array_equal(seen.boxes, inside[kept])


def test_a_face_before_a_crowd_is_read() -> None:
    boxes = np.array([[210, 10, 260, 60], [200, 0, 600, 400]], np.float32)
    stated = Stated(boxes, np.array([HAPPY, IGNORED]), "", True)
    read = Read(boxes[:1], np.ones(1, np.float32), np.eye(7, dtype=np.float32)[[HAPPY]])
    assert len(counting(stated, read, 0, 0.5)[1].boxes) == 1


def test_without_pycocotools_nothing_is_begun(
    reader: str, scenes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    began: list[str] = []
    with pytest.raises(MissingExtra, match="evaluate"):
        evaluate([reader], Settings(scenes, rounds=0), lambda what, *_: began.append(what))
    assert not began
