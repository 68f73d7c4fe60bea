import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

import made_networks
from mien.backends import OnnxRuntime
from mien.training.half import LEAST, halved, restored

pytestmark = pytest.mark.train
PICTURES = np.random.default_rng(0).standard_normal((5, 1, 48, 48)).astype(np.float32)


def constants(content: bytes) -> dict[str, np.ndarray]:
    graph = onnx.load_model_from_string(content).graph
    return {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}


def test_large_constants_take_half_the_bytes_and_answers_stay() -> None:
    plain = made_networks.network()
    small = halved(plain)
    kinds = {name: value.dtype for name, value in constants(small).items()}
    assert kinds.pop("second.weight.half") == np.float16
    assert set(kinds.values()) == {np.dtype(np.float32)}  # under LEAST numbers
    assert len(small) < len(plain)
    before, after = OnnxRuntime(plain).run(PICTURES)[0], OnnxRuntime(small).run(PICTURES)[0]
    np.testing.assert_allclose(after, before, atol=5e-3)
    assert not np.array_equal(after, before)


def test_restoring_gives_every_constant_its_name_back() -> None:
    plain = made_networks.network()
    back = constants(restored(halved(plain)))
    for name, value in constants(plain).items():
        assert back[name].dtype == np.float32
        np.testing.assert_allclose(back[name], value, rtol=1e-3)
    assert restored(halved(plain)) == restored(halved(halved(plain)))
    assert "Cast" not in {
        node.op_type for node in onnx.load_model_from_string(restored(halved(plain))).graph.node
    }


def test_what_was_never_halved_is_left_alone() -> None:
    plain = made_networks.network()
    assert constants(restored(plain)).keys() == constants(plain).keys()


def test_what_half_precision_cannot_hold_stays_as_it_is() -> None:
    model = onnx.load_model_from_string(made_networks.network())
    entry = next(entry for entry in model.graph.initializer if entry.name == "second.weight")
    values = numpy_helper.to_array(entry).copy()
    values[0, 0, 0, 0] = 70_000
    entry.CopyFrom(numpy_helper.from_array(values, "second.weight"))
    kept = constants(halved(model.SerializeToString()))
    np.testing.assert_array_equal(kept["second.weight"], values)


@settings(max_examples=25)
@given(scale=st.floats(1e-3, 1e3))
def test_weights_keep_three_digits(scale: float) -> None:
    model = onnx.load_model_from_string(made_networks.network())
    values = np.random.default_rng(1).uniform(0.1, 1, LEAST).astype(np.float32) * np.float32(scale)
    model.graph.initializer.append(numpy_helper.from_array(values, "more"))
    back = constants(restored(halved(model.SerializeToString())))["more"]
    np.testing.assert_allclose(back, values, rtol=1e-3)
