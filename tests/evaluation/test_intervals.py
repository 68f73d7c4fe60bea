import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation import intervals, metrics, roc


def made(count: int, classes: int = 7, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    targets = random.integers(0, classes, count)
    scores = random.normal(size=(count, classes)) + 1.5 * np.eye(classes)[targets]
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True), targets


def test_wilson_by_hand() -> None:
    # Newcombe (1998), table I: 81 of 263 and 15 of 148 and 0 of 20.
    assert intervals.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert intervals.wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert intervals.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert all(math.isnan(end) for end in intervals.wilson(0, 0))


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share_and_stays_in_bounds(count: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    low, high = intervals.wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1


def test_a_published_accuracy_beside_ours_on_140_pictures() -> None:
    found = intervals.beside(120, 140, 0.9214)
    assert found.accuracy == pytest.approx(0.857, abs=1e-3)
    assert found.wilson == pytest.approx((0.790, 0.906), abs=1e-3)
    assert found.bootstrap == pytest.approx(found.wilson, abs=0.02)
    assert not found.agrees
    assert intervals.beside(125, 140, 0.9214).agrees
    assert math.isnan(intervals.beside(0, 0, 0.9).accuracy)


def test_each_draw_has_as_many_samples_as_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "_CELLS", 100)  # several blocks
    blocks = list(intervals.weights(30, 10, seed=3))
    assert len(blocks) > 1
    whole = np.concatenate(blocks)
    assert whole.shape == (10, 30)
    assert (whole.sum(axis=1) == 30).all()
    np.testing.assert_array_equal(whole, np.concatenate(list(intervals.weights(30, 10, seed=3))))


def test_weights_give_the_figures_of_the_drawn_samples() -> None:
    """The same draws, once as weights and once as pictures taken again and again."""
    probabilities, targets = made(40, classes=3)
    block = next(intervals.weights(40, 5))
    names = ("accuracy", "top2", "macro_f1", "log_loss", "brier", "macro_auc")
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for row in block.astype(int):
        again = np.repeat(np.arange(40), row)
        p, t = probabilities[again], targets[again]
        drawn["accuracy"].append(metrics.accuracy(p, t))
        drawn["top2"].append(metrics.accuracy(p, t, top=2))
        drawn["macro_f1"].append(metrics.macro_f1(metrics.confusion(p, t)))
        drawn["log_loss"].append(metrics.log_loss(p, t))
        drawn["brier"].append(metrics.brier(p, t))
        drawn["macro_auc"].append(float(np.mean(roc.areas(p, t))))
    found = intervals.bootstrap(probabilities, targets, resamples=5)
    for name, values in drawn.items():
        assert found[name] == pytest.approx(tuple(np.quantile(values, (0.025, 0.975)))), name


def test_intervals_hold_the_figures_and_shrink_with_more_samples() -> None:
    widths = []
    for count in (200, 3200):
        probabilities, targets = made(count)
        found = intervals.bootstrap(probabilities, targets, resamples=200)
        low, high = found["accuracy"]
        assert low < metrics.accuracy(probabilities, targets) < high
        assert len(found["f1"]) == len(found["auc"]) == 7
        widths.append(high - low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.35)


def test_a_class_without_samples_has_no_interval() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    found = intervals.bootstrap(probabilities, np.array([0, 1]), resamples=20)
    assert all(math.isnan(end) for end in found["recall"][2])


def test_what_no_resample_changes_has_no_interval() -> None:
    found = intervals.bootstrap(np.tile([0.9, 0.1], (10, 1)), np.zeros(10, int), resamples=20)
    assert all(math.isnan(end) for name in ("accuracy", "log_loss") for end in found[name])


def test_nothing_gives_nothing() -> None:
    assert intervals.bootstrap(np.empty((0, 3)), np.empty(0, int)) == {}
    assert intervals.bootstrap(*made(5), resamples=0) == {}


def test_a_thousand_resamples_of_a_whole_part_are_quick() -> None:
    probabilities, targets = made(3589)
    began = time.process_time()
    intervals.bootstrap(probabilities, targets)
    assert time.process_time() - began < 6  # about 1 s on a free core
