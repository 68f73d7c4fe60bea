from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien import registry  # noqa: E402
from mien.classifiers._face_numbers import COUNT  # noqa: E402
from mien.datasets.fer2013 import Fer2013  # noqa: E402
from mien.errors import BadOption, ModelError  # noqa: E402
from mien.training import run  # noqa: E402
from mien.training.geometry import export, recipe  # noqa: E402
from mien.training.geometry.data import measured, numbers  # noqa: E402
from mien.training.geometry.network import NumberNetwork  # noqa: E402
from mien.training.machine import Machine  # noqa: E402

pytestmark = pytest.mark.train


def test_numbers_are_scaled_by_the_learning_part_and_missing_ones_are_its_mean() -> None:
    network = NumberNetwork(3, 2, 4, 0.5).eval()
    table = torch.tensor([[1.0, 10.0, 5.0], [3.0, 30.0, 5.0], [float("nan"), 20.0, 5.0]])
    network.scale_by(table)
    torch.testing.assert_close(network.mean, torch.tensor([2.0, 20.0, 5.0]))
    assert network.deviation[0] == 1
    assert network.deviation[2] > 0  # one that never changes does not divide by 0
    missing = torch.tensor([[float("nan"), 20.0, 5.0]])
    torch.testing.assert_close(network(missing), network(torch.tensor([[2.0, 20.0, 5.0]])))


def test_numbers_far_off_count_as_far_and_no_more() -> None:
    network = NumberNetwork(2, 2, 4, 0.0).eval()
    torch.testing.assert_close(network(torch.full((1, 2), 50.0)), network(torch.full((1, 2), 5000.0)))


def test_mirrored_faces_are_learned_from_too(made_faces: Path) -> None:
    samples = Fer2013().load("PublicTest")
    few = samples.only(np.arange(len(samples)) < 3)
    both = measured(recipe.load("geometry"), few, mirror=True)
    assert both.numbers.shape == (6, COUNT)
    assert both.targets.tolist() == few.targets.tolist() * 2
    mirrored = numbers(recipe.load("geometry"), few, mirrored=True)
    np.testing.assert_array_equal(both.numbers[3:].numpy(), mirrored)
    assert not np.array_equal(both.numbers[:3].numpy(), mirrored)


def test_a_recipe_becomes_a_model_that_loads(tmp_path: Path, made_faces: Path) -> None:
    own = tmp_path / "own.toml"
    schedule = "[schedule]\nepochs = 2\nbatch = 32\nema = 0.0\n"
    own.write_text(f'task = "geometry"\nhidden = 8\n[data]\nmirror = false\n{schedule}')
    done = run.run(str(own), tmp_path / "out", machine=Machine("cpu", devices=1))
    assert done.card.runner == "geometry"
    assert done.card.figures["accuracy"] == pytest.approx(done.trained.score, abs=1e-4)
    assert {entry["name"] for entry in done.card.data} == {"FER2013", "landmarks68"}
    model = registry.load("classifiers", str(done.path))
    assert model.predict(Fer2013().load("PublicTest").images[:2]).shape == (2, 7)


def test_another_network_s_checkpoint_is_refused(tmp_path: Path, made_faces: Path) -> None:
    state = {f"network.{name}": value for name, value in NumberNetwork(COUNT, 7, 4, 0.0).state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "other.ckpt")
    with pytest.raises(ModelError, match="geometry"):
        export.export(recipe.load("geometry"), tmp_path / "other.ckpt", tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hidden = 0", "hidden=0 leaves no unit"),
        ("dropout = 2", "dropout=2 does not fit"),
        ("unsure_below = 7", "unsure_below=7 is no confidence"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'task = "geometry"\n{text}\n')
    with pytest.raises(BadOption, match=complaint):
        recipe.load(str(path))
