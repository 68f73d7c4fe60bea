"""From picture to expression: what is asked, what counts, and how sure the figures are."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien import imageops
from mien.config import AnalyzerOptions
from mien.errors import BadOption, SourceError
from mien.evaluation import metrics, pipeline
from mien.evaluation.pipeline import MISSED, Answers, Settings, evaluate
from mien.evaluation.scene import made_scene
from mien.labels import FER7
from mien.types import Box, Expression, Face

HAPPY, SAD, NEUTRAL = (FER7.index(label) for label in ("happy", "sad", "neutral"))


def face(box: Box, label: int | None) -> Face:
    expression = None if label is None else Expression(FER7, np.eye(7, dtype=np.float32)[label])
    return Face(box, 0.9, expression=expression)


def scene_set(folder: Path, categories: list[str], **image: Any) -> str:
    """One drawn face per picture, each with one of ``categories``; COCO."""
    scene, box = made_scene(320, 240)
    images, annotations = [], []
    for index, category in enumerate(categories):
        name = f"{index}.png"
        (folder / name).write_bytes(imageops.encode(scene, ".png"))
        images.append({"id": index, "file_name": name, "width": 320, "height": 240, **image})
        bbox = [box.x1, box.y1, box.width, box.height]
        annotations.append(
            {"id": index, "image_id": index, "category_id": [*FER7, "face"].index(category), "bbox": bbox}
        )
    given_labels = [{"id": index, "name": name} for index, name in enumerate([*FER7, "face"])]
    path = folder / "set.json"
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": given_labels}), "utf-8"
    )
    return f"coco:{path}"


def test_each_face_answers_for_the_box_that_it_overlaps_most() -> None:
    left, right, far = Box(0, 0, 100, 100), Box(60, 0, 160, 100), Box(900, 0, 950, 50)
    boxes = np.array([left.as_tuple(), right.as_tuple(), far.as_tuple()], np.float32)
    faces = [face(Box(50, 0, 150, 100), HAPPY), face(Box(5, 0, 105, 100), SAD)]
    assert pipeline._answers(faces, boxes, 0.4).tolist() == [SAD, HAPPY, MISSED]
    assert pipeline._answers(faces[:1], boxes, 0.2).tolist() == [MISSED, HAPPY, MISSED]
    assert pipeline._answers([], boxes, 0.4).tolist() == [MISSED] * 3


def test_a_face_that_was_not_read_counts_as_missed() -> None:
    box = Box(0, 0, 100, 100)
    said = pipeline._answers([face(box, None)], np.array([box.as_tuple()], np.float32), 0.4)
    assert said.tolist() == [MISSED]


def test_figures_of_a_case_worked_out_by_hand() -> None:
    """Four happy faces (one missed, one read as sad), two sad ones (both right)."""
    truth = np.array([HAPPY] * 4 + [SAD] * 2)
    said = np.array([[HAPPY, HAPPY, MISSED, SAD, SAD, SAD]])
    found = pipeline._figures(Answers(truth, said, np.arange(6), ("a",) * 6), 50)
    (way,) = found["ways"]
    assert found["faces"] == 6
    assert (found["labels"]["happy"], found["labels"]["sad"], found["labels"]["fear"]) == (4, 2, 0)
    assert way["found"] == pytest.approx(5 / 6)
    assert way["accuracy"]["value"] == pytest.approx(4 / 6)
    assert way["macro_recall"]["value"] == pytest.approx((0.5 + 1) / 2)
    assert way["macro_f1"]["value"] == pytest.approx((2 * 2 / (4 + 2) + 2 * 2 / (2 + 3)) / 2)
    assert (way["recall"]["happy"], way["recall"]["fear"]) == (0.5, None)
    assert way["accuracy"]["low"] <= 4 / 6 <= way["accuracy"]["high"]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=40))
def test_without_missed_faces_the_figures_are_those_of_a_classifier(rows: list[tuple[int, int, int]]) -> None:
    truth, said, picture = (np.array(column) for column in zip(*rows, strict=True))
    (way,) = pipeline._figures(Answers(truth, said[None], picture, ("",) * len(rows)), 20)["ways"]
    probabilities = np.eye(7)[said]
    table = metrics.confusion(probabilities, truth)
    assert way["found"] == 1
    assert way["accuracy"]["value"] == pytest.approx(metrics.accuracy(probabilities, truth))
    assert way["macro_recall"]["value"] == pytest.approx(metrics.balanced_accuracy(table))
    assert way["macro_f1"]["value"] == pytest.approx(metrics.macro_f1(table))


def test_ways_are_compared_with_the_first() -> None:
    truth = np.full(20, HAPPY)
    good, bad = np.full(20, HAPPY), np.full(20, SAD)
    ways = pipeline._figures(Answers(truth, np.stack([bad, good]), np.arange(20), ("",) * 20), 20)["ways"]
    assert (ways[1]["against_first"]["first_only"], ways[1]["against_first"]["second_only"]) == (0, 20)
    assert ways[1]["against_first"]["p"] < 0.001
    assert ways[0]["against_first"]["p"] == 1


def test_a_set_of_drawn_faces_from_picture_to_figures(tmp_path: Path) -> None:
    data = scene_set(tmp_path, ["happy", "neutral", "face"], source="drawn")
    ways = [AnalyzerOptions("haar", aligner=aligner) for aligner in ("none", "eyes")]
    done: list[tuple[int, int]] = []
    chosen = Settings(data, turns=(0.0, 5.0), resamples=20)
    report = json.loads(json.dumps(evaluate(ways, chosen, lambda *counts: done.append(counts))))
    assert (report["pictures"], list(report["turns"])) == (2, ["0", "5"])
    assert list(report["turns"]["0"]) == ["all", "drawn"]
    found = report["turns"]["0"]["all"]
    assert (found["faces"], found["labels"]["happy"]) == (2, 1)
    assert found["ways"][0]["found"] == 1, "haar sees the drawn face"
    assert found["ways"][0] == found["ways"][1], "haar gives no points, so nothing is turned"
    assert done[-1] == (4, 4)


def test_a_set_without_expressions_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No box of"):
        evaluate([AnalyzerOptions()], Settings(scene_set(tmp_path, ["face"])))


@pytest.mark.parametrize("wrong", [{"turns": ()}, {"turns": (200.0,)}, {"iou": 0.0}, {"iou": 1.5}])
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=next(iter(wrong))):
        Settings("coco:x.json", **wrong)
