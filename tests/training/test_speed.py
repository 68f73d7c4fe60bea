import pytest

import made_networks
from mien.artifact import InputSpec
from mien.training import speed

pytestmark = pytest.mark.train
SMALL, LARGE = InputSpec(48, 48, "gray", (128.0,), (64.0,)), InputSpec(96, 96, "gray", (128.0,), (64.0,))


def test_each_model_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "ROUNDS", 3)
    monkeypatch.setattr(speed, "LEAST", 0.01)
    model = made_networks.network(side=None)
    alone, again = speed.ms_per_face([model, model], SMALL)
    assert 0 < alone < 100
    assert 0 < again < 100
    (larger,) = speed.ms_per_face([model], LARGE, batch=4)
    assert larger > 1.5 * min(alone, again)  # four times the pixels
