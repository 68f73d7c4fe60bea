import contextlib
import io

import numpy as np
import pytest

from evaluation.detection_fakes import found, truth
from mien.evaluation import detection_ap as ap
from mien.evaluation import detection_precision
from mien.evaluation.detection_truth import Found, Truth

A, B, C = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0), (40.0, 0.0, 50.0, 10.0)
FAR = (80.0, 80.0, 90.0, 90.0)


def ap50(truths: list[Truth], those: list[Found]) -> float:
    return ap.average_precision(ap.match(truths, those), np.ones(len(truths)))


def test_by_hand() -> None:
    """Two faces; by score: right, false, right. Precision is 1 up to a recall of .5 and 2/3 up to 1.

    Of 101 recalls 51 (0 to .5) have 1, and 50 have 2/3.
    """
    value = ap50([truth(A, B)], [found((A, 0.9), (FAR, 0.8), (B, 0.7))])
    assert value == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_the_extremes() -> None:
    assert ap50([truth(A, B)], [found((A, 0.9), (B, 0.8))]) == pytest.approx(1)
    assert ap50([truth(A)], [found((FAR, 0.9))]) == 0
    assert ap50([truth(A)], [found()]) == 0
    assert np.isnan(ap50([truth()], [found((A, 0.5))]))
    assert np.isnan(ap50([truth()], [found()]))


def test_a_second_box_on_the_same_face_is_false() -> None:
    nearly = (0.0, 0.0, 10.0, 9.0)
    assert ap50([truth(A, B)], [found((A, 0.9), (nearly, 0.8), (B, 0.7))]) == pytest.approx(
        (51 + 50 * 2 / 3) / 101
    )


def test_the_mean_over_overlaps() -> None:
    """An overlap of .8 is a hit at .5 to .8: seven of the ten levels (.8 itself is one)."""
    matches = ap.match([truth(A)], [found(((0, 0, 10, 8), 0.9))])
    assert ap.average_precision(matches, np.ones(1), range(10)) == pytest.approx(0.7)
    assert ap.average_precision(matches, np.ones(1)) == pytest.approx(1)


def test_what_lies_on_an_ignored_box_counts_neither_way() -> None:
    """Also an empty one, which nothing can lie on."""
    empty = (5.0, 5.0, 5.0, 5.0)
    value = ap50([truth(A, B, empty, ignore=(0, 2))], [found((A, 0.9), (B, 0.8))])
    assert value == pytest.approx(1)


def test_incomplete_pictures_stay_out() -> None:
    truths = [truth(A), truth(B, complete=False)]
    assert ap50(truths, [found((A, 0.5)), found((FAR, 0.9))]) == pytest.approx(1)


def test_pictures_can_count_several_times() -> None:
    """The second picture's face is missed: a recall of 2/3 where the first counts twice."""
    matches = ap.match([truth(A), truth(A)], [found((A, 0.9)), found()])
    assert ap.average_precision(matches, np.array((2.0, 1.0))) == pytest.approx(67 / 101)
    assert ap.average_precision(matches, np.array((1.0, 0.0))) == pytest.approx(1)


def test_a_crowd_counts_beyond_a_hundred() -> None:
    boxes = [(float(x), 0.0, x + 10.0, 10.0) for x in range(0, 3000, 20)]
    assert ap50([truth(*boxes)], [found(*((box, 0.9) for box in boxes))]) == pytest.approx(1)


def random_set(pictures: int = 12) -> tuple[list[Truth], list[Found]]:
    random = np.random.default_rng(5)
    truths, those = [], []
    for place in range(pictures):
        corners = random.uniform(0, 80, (random.integers(0, 6), 2))
        boxes = np.concatenate((corners, corners + random.uniform(8, 25, corners.shape)), axis=1)
        moved = boxes + random.normal(0, 0.7, boxes.shape)
        false = np.tile(random.uniform(0, 70, (3, 2)), 2) + np.array((0, 0, 20, 20))
        scores = np.sort(random.uniform(0, 1, len(boxes) + 3))[::-1].round(1)  # with ties
        rows = random.permutation(np.concatenate((moved, false)))
        ignored = [0] if place % 4 == 0 and len(boxes) else []
        truths.append(truth(*map(tuple, boxes), ignore=ignored))
        those.append(found(*((tuple(row), score) for row, score in zip(rows, scores, strict=True))))
    return truths, those


def test_it_is_what_pycocotools_accumulates() -> None:
    truths, those = random_set()
    evaluator = ap._evaluator(truths, those)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator.accumulate()
    theirs = evaluator.eval["precision"][:, :, 0, 0, 0].mean(axis=1)
    matches, weights = ap.match(truths, those), np.ones(len(truths))
    ours = [ap.average_precision(matches, weights, (level,)) for level in range(10)]
    assert 0 < ours[9] < ours[0] < 1
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ap.match([truth(A)], [found((A, 0.9))])
    assert capsys.readouterr().out == ""


def test_the_interval_holds_the_value_and_draws_are_paired() -> None:
    truths, those = random_set(40)
    matches, whole = ap.match(truths, those), np.ones(40, bool)
    draws = ap.resampled([matches, matches], whole, 200)
    low, high = ap.interval(draws[:, 0])  # type: ignore[misc]
    assert low < ap.average_precision(matches, whole.astype(float)) < high
    np.testing.assert_array_equal(draws[:, 0], draws[:, 1])
    assert ap.interval(np.full(5, np.nan)) is None


def test_figures_by_source_and_the_difference() -> None:
    truths = [truth(A, source="street"), truth(B, source="studio"), truth(C, complete=False, source="web")]
    good = [found((A, 0.9)), found((B, 0.8)), found()]
    poor = [found((A, 0.9)), found(), found()]
    inside = {"easy": [np.ones(1, bool), np.ones(1, bool), np.zeros(1, bool)]}
    report = detection_precision.figures(truths, {"good": good, "poor": poor}, 50, inside)
    assert report["pictures"] == 2
    assert report["detectors"]["good"]["ap50"] == {"all": 1.0, "street": 1.0, "studio": 1.0}
    assert report["detectors"]["poor"]["ap50"] == {
        "all": pytest.approx(51 / 101),
        "street": 1.0,
        "studio": 0.0,
    }
    assert report["difference"]["of"] == ["good", "poor"]
    assert report["difference"]["ap50"] == pytest.approx(50 / 101)
    assert report["difference"]["interval"][0] <= 50 / 101 <= report["difference"]["interval"][1]
    assert report["detectors"]["poor"]["subsets"]["easy"] == pytest.approx(0.5)
    assert len(report["detectors"]["good"]["curve"]["recall"]) == 101


def test_without_a_complete_picture_there_is_none() -> None:
    report = detection_precision.figures([truth(A, complete=False)], {"one": [found()]}, 10, {})
    assert "complete" in report["problem"]


def test_without_a_face_the_figures_are_none() -> None:
    report = detection_precision.figures([truth()], {"a": [found()], "b": [found()]}, 10, {})
    assert report["detectors"]["a"]["ap50"] == {"all": None}
    assert report["difference"] == {"of": ["a", "b"], "ap50": None, "interval": None}
