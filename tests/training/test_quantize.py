import logging

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import made_networks
from mien.backends import OnnxRuntime
from mien.training import norms
from mien.training.quantize import METHODS, STEP, quantized

pytestmark = pytest.mark.train
PICTURES = np.random.default_rng(0).standard_normal((3 * STEP - 5, 1, 48, 48)).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_answers_stay_close(
    method: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    plain = made_networks.network()
    small = quantized(plain, PICTURES, method)
    before, after = OnnxRuntime(plain).run(PICTURES)[0], OnnxRuntime(small).run(PICTURES)[0]
    assert np.abs(after - before).max() < 0.1 * np.ptp(before)
    assert not np.array_equal(after, before)
    assert capsys.readouterr().out == ""  # ONNX Runtime's quantizer talks
    assert [entry for entry in caplog.records if entry.levelno >= logging.WARNING] == []


def test_weights_take_seven_bits_per_channel() -> None:
    graph = onnx.load_model_from_string(quantized(made_networks.network(), PICTURES, "minmax")).graph
    stored = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    weight = stored["second.weight_quantized"]
    assert weight.dtype == np.int8
    assert np.abs(weight.astype(int)).max() <= 64
    assert len(stored["second.weight_scale"]) == made_networks.WIDTH
    full = onnx.load_model_from_string(
        quantized(made_networks.network(), PICTURES, "minmax", full_range=True)
    )
    weights = {entry.name: numpy_helper.to_array(entry) for entry in full.graph.initializer}
    assert np.abs(weights["second.weight_quantized"].astype(int)).max() == 127


def test_the_batch_size_stays_free_and_nothing_tells_of_the_making() -> None:
    model = onnx.load_model_from_string(quantized(made_networks.network(), PICTURES, "minmax"))
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert not model.metadata_props
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}


def test_batch_norms_over_pictures_become_convolutions_with_the_same_answer() -> None:
    plain = made_networks.network()
    model = onnx.load_model_from_string(plain)
    norms.as_convolutions(model)
    assert [node.op_type for node in model.graph.node].count("Conv") == 3
    assert not [entry.name for entry in model.graph.initializer if entry.name.startswith("norm")]
    before, after = (OnnxRuntime(each).run(PICTURES)[0] for each in (plain, model.SerializeToString()))
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_batch_norms_over_numbers_stay() -> None:
    model = onnx.load_model_from_string(made_networks.flat_norm())
    norms.as_convolutions(model)
    assert model.SerializeToString() == made_networks.flat_norm()
