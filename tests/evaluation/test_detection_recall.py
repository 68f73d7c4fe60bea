import numpy as np
import pytest

from evaluation.detection_fakes import found, truth
from mien.evaluation import detection_recall as recall
from mien.evaluation.detection_truth import as_found, covered, within
from mien.types import Box, Detection

A, B = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)
FAR = (80.0, 80.0, 90.0, 90.0)


def test_the_score_and_the_overlap_decide() -> None:
    """Boxes of 10 x 10 of which 4 columns are shared overlap by 40 / 160 = .25; 6 columns: 60 / 140 = .43."""
    beside, near = (6.0, 0.0, 16.0, 10.0), (4.0, 0.0, 14.0, 10.0)
    cases = [((near, 0.6), True), ((near, 0.59), False), ((beside, 0.9), False)]
    for detection, expected in cases:
        assert recall.outcome(truth(A), found(detection), 0.6, 0.4).found.tolist() == [expected]


def test_right_false_and_neither() -> None:
    """Of five one is right, one false, one a poor box (IoU .33), one on an ignored box, one weak."""
    poor = (25.0, 0.0, 35.0, 10.0)
    ignored = (50.0, 50.0, 60.0, 60.0)
    outcome = recall.outcome(
        truth(A, B, ignored, ignore=(2,)),
        found((A, 0.9), (FAR, 0.8), (poor, 0.8), (ignored, 0.7), (FAR, 0.3)),
        0.6,
        0.4,
    )
    assert (outcome.right, outcome.false, outcome.counted) == (1, 1, 3)
    assert outcome.found.tolist() == [True, False, True]


def test_incomplete_pictures_count_for_recall_alone() -> None:
    outcome = recall.outcome(truth(A, complete=False), found((A, 0.9), (FAR, 0.9)), 0.6, 0.4)
    assert outcome.found.tolist() == [True]
    assert (outcome.right, outcome.false, outcome.counted) == (0, 0, 0)


def test_the_report_by_group() -> None:
    tall = (40.0, 0.0, 80.0, 48.0)
    truths = [
        truth(A, tall, masks=("none", "worn"), source="street"),
        truth(B, masks=("worn_wrong",), source="studio"),
        truth(complete=False),
    ]
    those = [found((tall, 0.9), (FAR, 0.7)), found((B, 0.7)), found((FAR, 0.9))]
    report = recall.figures(truths, those, 0.6, 0.4)
    shares = {name: (row["found"], row["faces"]) for name, row in report["recall"].items()}
    assert shares == {
        "all": (2, 3),
        "source street": (1, 2),
        "source studio": (1, 1),
        "without mask": (0, 1),
        "with mask": (2, 2),
        "height under 16": (1, 2),
        "height over 48": (1, 1),
    }
    assert report["recall"]["all"]["recall"] == pytest.approx(2 / 3)
    assert report["precision"]["all"] == {
        "pictures": 2, "detections": 3, "right": 2, "precision": pytest.approx(2 / 3)
    }  # fmt: skip
    assert report["false"]["all"] == {"pictures": 2, "false": 1, "per_picture": 0.5}
    assert report["false"]["source studio"]["per_picture"] == 0


def test_nothing_found_has_no_precision() -> None:
    report = recall.figures([truth(A)], [found()], 0.6, 0.4)
    assert report["precision"]["all"]["precision"] is None
    assert report["recall"]["all"]["recall"] == 0


def test_without_faces_there_is_no_recall() -> None:
    report = recall.figures([truth(complete=False)], [found()], 0.6, 0.4)
    assert report == {"recall": {}, "precision": {}, "false": {}}


def test_bins_are_of_the_callers_choice_and_hold_their_lower_edge() -> None:
    boxes = [(0.0, 0.0, 5.0, height) for height in (9.9, 10.0, 19.9, 20.0)]
    members = dict(recall.groups([truth(*boxes)], (10, 20)))
    assert members["height under 10"][0].tolist() == [True, False, False, False]
    assert members["height 10-20"][0].tolist() == [False, True, True, False]
    assert members["height over 20"][0].tolist() == [False, False, False, True]


def test_detections_become_arrays() -> None:
    those = as_found([Detection(Box(1, 2, 3, 4), 0.9), Detection(Box(5, 6, 7, 8), 0.2)])
    assert those.above(0.2).boxes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert those.above(0.21).scores.tolist() == [np.float32(0.9)]
    assert as_found([]).boxes.shape == (0, 4)
    assert covered(as_found([]).boxes, those.boxes, 0.4).shape == (0,)


def test_faces_in_a_crowd_count_neither_way() -> None:
    """A crowd is larger than what is found in it: a share of the detection's own area decides, as in COCO."""
    crowd = (200.0, 0.0, 600.0, 400.0)
    beside = (180.0, 0.0, 206.0, 20.0)
    those = found(
        (A, 0.9), ((300.0, 100.0, 340.0, 150.0), 0.8), ((590.0, 0.0, 610.0, 20.0), 0.8), (beside, 0.7)
    )
    outcome = recall.outcome(truth(A, crowd, ignore=(1,)), those, 0.6, 0.4)
    assert (outcome.right, outcome.false, outcome.counted) == (1, 1, 2)


def test_what_has_no_area_lies_nowhere() -> None:
    those = found(((5.0, 5.0, 5.0, 9.0), 0.9)).boxes
    assert within(those, truth(A).boxes, 0.4).tolist() == [False]
    assert within(those, truth().boxes, 0.4).tolist() == [False]
