import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from mien import artifact, registry
from mien.errors import ModelError
from mien.training import export, judging, models, recipe
from mien.training.recipe import Recipe

pytestmark = pytest.mark.train
RECIPE = Recipe("own", "mini_xception", description="A trial.", unsure_below=0.3)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    network = models.build("mini_xception", 7, 1)
    for _ in range(3):
        network(torch.randn(32, 1, 48, 48))  # so that the batch-norm statistics are not their defaults
    path = tmp_path_factory.mktemp("run") / "some.ckpt"
    torch.save({"state_dict": {f"network.{key}": value for key, value in network.state_dict().items()}}, path)
    return path


@pytest.fixture(scope="module")
def exported(checkpoint: Path, faces_folder: Path) -> export.Exported:
    """Made once: exporting takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIEN_DATA", str(faces_folder))
        return export.export(
            RECIPE, checkpoint, checkpoint.parent / "out", minutes=12.34, hardware="a machine"
        )


def test_the_artifact_answers_as_the_network(exported: export.Exported, checkpoint: Path) -> None:
    model = registry.load("classifiers", str(exported.path))
    crops = list(np.random.default_rng(1).integers(0, 256, (5, 48, 48), dtype=np.uint8))
    network = export.load_network(RECIPE, checkpoint, 7)
    with torch.inference_mode():
        logits = network(torch.from_numpy(model.tensor(crops)))
    temperature = exported.card.calibration.temperature
    expected = torch.softmax(logits / temperature, dim=1).numpy()
    np.testing.assert_allclose(model.predict(crops), expected, atol=1e-5)
    assert exported.difference <= export.TOLERANCE


def test_the_card_says_what_the_runtime_and_the_reader_need(exported: export.Exported) -> None:
    card = artifact.read_card(exported.path.with_suffix(".json"))
    assert card == exported.card
    assert card.parameters == 58_423
    assert card.calibration.unsure_below == 0.3
    assert [entry["part"] for entry in card.data] == ["Training", "PublicTest"]
    assert "FER2013" in card.rights
    figures = card.figures
    assert figures["training_minutes"] == 12.3
    assert figures["hardware"] == "a machine"
    assert figures["leaked"] == 2
    assert 0 <= figures["accuracy"] <= figures["top2"] <= 1
    assert exported.path.stat().st_size < 300_000


def test_the_file_tells_nothing_of_its_making(exported: export.Exported) -> None:
    model = onnx.load(exported.path)
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    assert b".py" not in exported.path.read_bytes()
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    assert {node.op_type for node in model.graph.node}.isdisjoint({"BatchNormalization"})


def test_no_half_written_file_remains(exported: export.Exported) -> None:
    assert sorted(path.name for path in exported.path.parent.iterdir()) == ["own.json", "own.onnx"]
    json.loads(exported.path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("content", [b"no checkpoint", None])
def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.ckpt"
    if content is None:
        torch.save({"state_dict": {"network.0.weight": torch.zeros(1)}}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="not a checkpoint of mini_xception"):
        export.load_network(RECIPE, path, 7)


def test_a_checkpoint_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no checkpoint '.*gone\.ckpt'\."):
        export.load_network(RECIPE, tmp_path / "gone.ckpt", 7)


def test_an_export_that_answers_otherwise_is_refused(
    exported: export.Exported,
    checkpoint: Path,
    made_faces: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(export, "to_onnx", lambda *_: exported.path.read_bytes())
    monkeypatch.setattr(judging, "logits", lambda _, samples, __: np.ones((len(samples), 7), np.float32))
    with pytest.raises(ModelError, match="differ"):
        export.export(RECIPE, checkpoint, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_bundled_model_is_what_its_recipe_states() -> None:
    shipped = recipe.load("mini_xception")
    card = artifact.load("mini_xception", "expression").card
    assert (card.input, card.crop) == (shipped.input, shipped.crop)
    assert card.calibration.unsure_below == shipped.unsure_below
    assert card.figures["accuracy"] == pytest.approx(shipped.published.score, abs=5e-4)
    assert card.figures["accuracy"] >= 0.62
    assert replace(card, sha256="") != card
