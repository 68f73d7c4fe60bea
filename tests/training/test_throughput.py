import pytest

from mien.training import throughput
from mien.training.machine import Machine


@pytest.mark.train
def test_both_paces_are_told_without_any_data() -> None:
    found = throughput.measure("cnn3", machine=Machine("cpu", 1), steps=2, rounds=2, batch=32)
    assert found["what"] == "training"
    assert (found["recipe"], found["batch"]) == ("cnn3", 32)
    assert found["learned_per_second"] > 0
    assert found["fixed_per_second"] > 0
    assert 0 < found["busy"] < 3
