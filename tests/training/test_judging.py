import json
from typing import Any

import numpy as np
import pytest

from mien.artifact import Card, InputSpec
from mien.datasets.base import Samples
from mien.labels import FER7
from mien.training import judging
from mien.training.parts import Part
from mien.training.sets import Parts

pytestmark = pytest.mark.train
CARD = Card("made", "expression", "onnx", FER7, InputSpec(4, 4, "gray", (0.0,), (1.0,)))


def part(leaked: int) -> Part:
    samples = Samples(np.zeros((20, 4, 4), np.uint8), np.arange(20) % 5, np.arange(20))
    return Part("made", samples, np.ones(20, np.float32), np.arange(20) < leaked)


def judged(leaked: int, monkeypatch: pytest.MonkeyPatch) -> Card:
    answers = np.random.default_rng(1).normal(size=(20, 7)).astype(np.float32)
    monkeypatch.setattr(judging, "logits", lambda *_: answers)
    return judging.judged(CARD, b"model", Parts(FER7, part(0), part(leaked), None, ()))


def strict(text: str) -> Any:
    return json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


def test_classes_without_pictures_leave_the_figures_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = strict(judged(5, monkeypatch).as_json())["figures"]
    assert figures["leaked"] == 5
    assert all(0 <= figures[name] <= 1 for name in ("accuracy", "macro_f1", "accuracy_without_leaked"))


def test_where_all_leaked_the_honest_figure_is_undefined(monkeypatch: pytest.MonkeyPatch) -> None:
    card = judged(20, monkeypatch)
    assert strict(card.as_json())["figures"]["accuracy_without_leaked"] is None
    assert card.calibration.temperature == 1.0
