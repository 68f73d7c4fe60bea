import numpy as np
import pytest

from mien.classifiers.onnx import softmax
from mien.evaluation import metrics
from mien.training.calibration import fit_temperature


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_it_finds_the_temperature_that_made_the_labels(true: float) -> None:
    random = np.random.default_rng(8)
    logits = random.normal(0, 3, (20_000, 5)).astype(np.float32)
    draws = random.random((len(logits), 1))
    targets = (softmax(logits / true).cumsum(axis=1) < draws).sum(axis=1).clip(max=4)
    assert fit_temperature(logits, targets) == pytest.approx(true, rel=0.05)


def test_it_never_raises_the_loss() -> None:
    random = np.random.default_rng(9)
    logits, targets = random.normal(0, 4, (300, 7)).astype(np.float32), random.integers(0, 7, 300)
    fitted = softmax(logits / fit_temperature(logits, targets))
    assert metrics.log_loss(fitted, targets) <= metrics.log_loss(softmax(logits), targets)


def test_without_pictures_there_is_nothing_to_scale() -> None:
    assert fit_temperature(np.empty((0, 7), np.float32), np.empty(0, np.int64)) == 1.0
