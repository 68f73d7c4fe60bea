from pathlib import Path

import pytest

from mien import registry
from mien.training import run
from mien.training.machine import Machine

pytestmark = pytest.mark.train


def test_a_recipe_becomes_a_model_that_loads(
    tmp_path: Path, made_faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = tmp_path / "own.toml"
    recipe.write_text('model = "mini_xception"\n[schedule]\nepochs = 2\nbatch = 32\nlearning_rate = 1e-2\n')
    done = run.run(str(recipe), machine=Machine("cpu", devices=1), epochs=1)
    assert done.path == Path("runs/own/own.onnx")
    assert done.trained.checkpoint == Path("runs/own/best.ckpt")
    assert done.card.figures["accuracy"] == pytest.approx(done.trained.score, abs=1e-4)
    assert registry.load("classifiers", str(done.path)).labels[3] == "happy"
