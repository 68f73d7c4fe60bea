import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

import made_networks
from mien import artifact, registry
from mien.artifact import Card, InputSpec
from mien.errors import BadOption, ModelError, SinkError
from mien.labels import FER7
from mien.training import export, models, onnx_file, record, run, variants
from mien.training.recipe import Recipe
from mien.training.release import Wishes, release

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("made_faces")]
CARD = Card("own", "expression", "onnx", FER7, InputSpec(48, 48, "gray", (128.0,), (64.0,)))
RECIPE = Recipe("own", "cnn3")


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Milliseconds per face before and after."""
    given = [2.0, 1.0]
    monkeypatch.setattr(variants, "ms_per_face", lambda *_: given)
    return given


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """An exported model, with the recipe of its training beside it."""
    record.write(RECIPE, tmp_path / "given")
    return onnx_file.write(tmp_path / "given", "own", made_networks.network(), CARD)


@pytest.fixture(scope="module")
def network() -> tuple[nn.Module, bytes]:
    """A network and its file: converting it takes seconds."""
    made = models.build("cnn3", 7, 1)
    return made, export.to_onnx(made, CARD.input)


@pytest.fixture
def training(network: tuple[nn.Module, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a training leaves it."""
    folder = tmp_path / "training"
    record.write(RECIPE, folder)
    monkeypatch.setattr(export, "to_onnx", lambda *_: network[1])
    state = network[0].state_dict()
    torch.save(
        {"state_dict": {f"network.{name}": value for name, value in state.items()}}, folder / "best.ckpt"
    )
    card = replace(CARD, figures={"training_minutes": 3.5, "hardware": "a machine"})
    onnx_file.write(folder, "own", b"", card)
    return folder


@pytest.mark.usefixtures("times")
def test_a_model_gets_the_forms_that_were_wished_for(model: Path, tmp_path: Path) -> None:
    made = release(str(model), out=tmp_path / "out", wishes=Wishes(half=True, int8=True))
    assert [each.path.name for each in made] == ["own.onnx", "own.int8.onnx"]
    assert [each.card.name for each in made] == ["own", "own.int8"]
    assert made[1].card.figures["int8"]["bytes_before"] == made[0].path.stat().st_size
    for each in made:
        assert artifact.load(str(each.path), "expression") == each
        assert registry.load("classifiers", str(each.path)).labels == FER7


@pytest.mark.usefixtures("times")
def test_int8_alone_leaves_the_model_where_it_is(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(model.parent, artifact.models_folder())
    (made,) = release("own", wishes=Wishes(int8=True))
    assert made.path == Path("runs/own/own.int8.onnx")
    assert [path.name for path in sorted(made.path.parent.iterdir())] == ["own.int8.json", "own.int8.onnx"]
    shutil.copytree(made.path.parent, artifact.models_folder(), dirs_exist_ok=True)
    assert "own.int8" in registry.names("classifiers")
    assert registry.load("classifiers", "own.int8:threads=2").card.name == "own.int8"


def test_an_int8_that_is_slower_is_kept_only_by_force(
    model: Path, tmp_path: Path, times: list[float]
) -> None:
    times.reverse()
    with pytest.raises(ModelError, match=r"slower, 2\.00 instead of 1\.00 ms"):
        release(str(model), out=tmp_path / "out", wishes=Wishes(int8=True))
    assert not (tmp_path / "out").exists()
    (made,) = release(str(model), out=tmp_path / "out", wishes=Wishes(int8=True, force=True))
    assert made.path.is_file()


@pytest.mark.usefixtures("times")
def test_the_folder_of_a_training_is_exported_as_the_training_did(training: Path, tmp_path: Path) -> None:
    made, small = release(str(training), out=tmp_path / "out", wishes=Wishes(half=True, int8=True))
    assert made.path == tmp_path / "out" / "own.onnx"
    figures = made.card.figures
    assert (figures["training_minutes"], figures["hardware"]) == (3.5, "a machine")
    assert figures["difference_from_training"] < 1e-4
    assert figures["half"]["bytes_after"] == made.path.stat().st_size < figures["half"]["bytes_before"]
    assert small.card.figures["int8"]["bytes_before"] == made.path.stat().st_size
    assert not {"half", "difference_from_training"} & small.card.figures.keys()


@pytest.mark.usefixtures("times")
def test_a_training_that_left_no_card_took_its_time_all_the_same(training: Path, tmp_path: Path) -> None:
    for name, minutes in (("best.ckpt", 2.0), ("last.ckpt", 5.0)):
        kept = torch.load(training / "best.ckpt", weights_only=True)
        effort = {"minutes": minutes, "hardware": "this machine"}
        torch.save(kept | {"callbacks": {"Effort": effort, "Other": {}}}, training / name)
    (made,) = release(str(training), out=tmp_path / "out")
    figures = made.card.figures
    assert (figures["training_minutes"], figures["hardware"]) == (5.0, "this machine")
    (training / "last.ckpt").write_bytes(b"")  # then its card is all there is
    (made,) = release(str(training), out=tmp_path / "again")
    assert made.card.figures["training_minutes"] == 3.5


def test_a_checkpoint_is_named_by_itself_or_beside_its_recipe(training: Path, tmp_path: Path) -> None:
    (by_file,) = release(str(training / "best.ckpt"), out=tmp_path / "a")
    (by_recipe,) = release(str(training / record.FILE), training / "best.ckpt", tmp_path / "b")
    assert by_file.card == by_recipe.card


@pytest.mark.parametrize("wishes", [Wishes(), Wishes(half=False)])
def test_a_model_without_a_wish_is_refused(model: Path, wishes: Wishes) -> None:
    with pytest.raises(BadOption, match="exported already"):
        release(str(model), wishes=wishes)


def test_labels_that_the_data_do_not_have_are_refused(tmp_path: Path) -> None:
    record.write(RECIPE, tmp_path)
    card = replace(CARD, labels=tuple(reversed(FER7)))
    path = onnx_file.write(tmp_path, "own", made_networks.network(), card)
    with pytest.raises(ModelError, match="its recipe's data have"):
        release(str(path), wishes=Wishes(half=True))


def test_a_model_that_sees_no_pixels_is_refused(tmp_path: Path) -> None:
    path = onnx_file.write(tmp_path, "own", made_networks.network(), replace(CARD, runner="geometry"))
    with pytest.raises(BadOption, match="not for it"):
        release(str(path), wishes=Wishes(int8=True))


def test_a_model_whose_recipe_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = onnx_file.write(tmp_path, "own", made_networks.network(), CARD)
    with pytest.raises(ModelError, match="recipe"):
        release(str(path), wishes=Wishes(half=True))


def test_a_folder_that_is_no_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no folder of a training: it needs best\.ckpt and recipe\.json"):
        release(str(tmp_path))


def test_other_tasks_are_exported_by_their_own_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def write(recipe: Any, checkpoint: Path, out: Path, **effort: Any) -> SimpleNamespace:
        calls.append((recipe.name, checkpoint, out, effort))
        return SimpleNamespace(path=out / "points.onnx", card=CARD)

    found = SimpleNamespace(export=write), SimpleNamespace(name="points")
    monkeypatch.setattr(run, "load", lambda _: found)
    (made,) = release("points", Path("some.ckpt"), tmp_path)
    assert made.path == tmp_path / "points.onnx"
    assert calls == [("points", Path("some.ckpt"), tmp_path, {"minutes": 0.0, "hardware": ""})]
    with pytest.raises(BadOption, match="not for it"):
        release("points", Path("some.ckpt"), tmp_path, Wishes(int8=True))


def test_a_trainings_model_is_written_beside_its_checkpoint(training: Path) -> None:
    (made,) = release(str(training))
    assert made.path == training / "own.onnx"
    assert not Path("runs").exists()


def test_another_checkpoints_model_is_not_replaced(training: Path, tmp_path: Path) -> None:
    shutil.copy(training / "best.ckpt", training / "last.ckpt")
    with pytest.raises(BadOption, match=r"holds a training: its model would be replaced.*--out"):
        release(str(training / "last.ckpt"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "best.ckpt").write_bytes(b"x")
    with pytest.raises(BadOption, match="holds a training"):
        release(str(training / record.FILE), training / "best.ckpt", tmp_path / "other")


def test_a_checkpoint_of_another_recipe_is_refused(training: Path, tmp_path: Path) -> None:
    turned = replace(RECIPE, data=replace(RECIPE.data, labels=tuple(reversed(FER7))))
    record.write(turned, tmp_path / "turned")
    with pytest.raises(BadOption, match=r"trained by another recipe: data\.labels: .*mien export"):
        release(str(tmp_path / "turned" / record.FILE), training / "best.ckpt", tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_said_before_the_work(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "int8", lambda *_: pytest.fail("worked"))
    with pytest.raises(SinkError, match=r"Cannot make the folder '.*own.onnx'.*--out"):
        release(str(model), out=model, wishes=Wishes(int8=True))


def test_a_training_in_place_of_a_recipe_is_refused(training: Path) -> None:
    with pytest.raises(BadOption, match=r"training' is no recipe: give a path that ends in \.toml"):
        release(str(training), training / "best.ckpt")


@pytest.mark.parametrize("wishes", [Wishes(half=True), Wishes(int8=True)])
def test_another_form_of_an_int8_is_refused(wishes: Wishes) -> None:
    with pytest.raises(BadOption, match="computes in int8 already: export vgg_slim in place"):
        release("vgg_slim.int8", wishes=wishes)


@pytest.mark.usefixtures("times")
def test_half_of_a_half_is_refused(model: Path, tmp_path: Path) -> None:
    (made,) = release(str(model), out=tmp_path / "out", wishes=Wishes(half=True))
    record.write(RECIPE, tmp_path / "out")
    with pytest.raises(BadOption, match="in half precision already"):
        release(str(made.path), out=tmp_path / "again", wishes=Wishes(half=True))
    (small,) = release(str(made.path), out=tmp_path / "again", wishes=Wishes(half=True, int8=True))
    assert small.card.name == "own.int8"
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "best.ckpt").write_bytes(b"x")
    with pytest.raises(BadOption, match="holds a training"):
        release(str(made.path), out=tmp_path / "taken", wishes=Wishes(int8=True))
