import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien import artifact, registry
from mien.errors import BadOption, ModelError, UnknownName
from mien.labels import FER7
from mien.training import finetune, recipe, record, run, start
from mien.training.machine import Machine
from mien.training.recipe import DataOptions, DistillOptions, Paper, Recipe, SetOptions

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
SHORT = {"epochs": 2, "batch": 16, "precision": "32-true", "learning_rate": 3e-3}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of classes: a dark stripe's place is the expression."""
    folder, random = tmp_path_factory.mktemp("own pictures é"), np.random.default_rng(1)
    for label, name in enumerate(FER7):
        (folder / name).mkdir()
        for number in range(10):
            picture = random.integers(120, 200, (60, 60)).astype(np.uint8)
            picture[label * 8 : label * 8 + 8] -= 100
            _, data = cv2.imencode(".png", picture)
            (folder / name / f"{number}.png").write_bytes(data.tobytes())
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def tuned(own: Path, faces_folder: Path, folder: Path) -> finetune.Tuned:
    """Made once: it takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIEN_DATA", str(faces_folder))
        return finetune.finetune("mini_xception", f"folder:{own}", out=folder, machine=ALONE, **SHORT)


@pytest.fixture(autouse=True)
def _data(made_faces: Path) -> Path:
    return made_faces


def test_a_shipped_model_learns_from_the_users_pictures(
    tuned: finetune.Tuned, own: Path, folder: Path
) -> None:
    known, new = tuned.compared
    assert (known.part, known.pictures) == ("fer2013 PublicTest", 35)
    assert (new.part, new.pictures) == (f"folder:{own.name} all, 20% held out (stratified)", 14)
    assert new.accuracy[1] == pytest.approx(tuned.run.trained.score, abs=1e-4)
    assert new.accuracy[1] > new.accuracy[0]
    shown = json.loads((folder / "finetune.json").read_text())
    assert shown[1]["accuracy"] == list(new.accuracy)
    model = registry.load("classifiers", str(tuned.run.path))
    assert model.labels == FER7
    # What it learned from now goes on from here, too.
    again = start.find(str(folder))
    assert again.recipe.base == "mini_xception"
    assert {source["name"] for source in again.data} == {"FER2013", f"Folder of pictures '{own.name}'"}


def test_the_card_names_all_that_the_weights_saw(tuned: finetune.Tuned, own: Path) -> None:
    card = tuned.run.card
    # The shipped model's own two parts and its teacher's, then the user's.
    assert [source["name"] for source in card.data] == ["FER2013"] * 4 + [
        f"Folder of pictures '{own.name}'"
    ] * 2
    assert "FER2013" in card.rights
    assert "Folder of pictures" in card.rights
    assert str(own.parent) not in card.as_json()


def test_it_can_be_resumed(tuned: finetune.Tuned, own: Path, folder: Path) -> None:
    same = {"out": folder, "machine": ALONE, "resume": True}
    again = finetune.finetune("mini_xception", f"folder:{own}", **same, **SHORT)  # type: ignore[arg-type]
    assert again.run.trained.score == tuned.run.trained.score
    with pytest.raises(BadOption, match=r"schedule\.epochs: 2 then, 3 now"):
        finetune.finetune("mini_xception", f"folder:{own}", **same, **{**SHORT, "epochs": 3})  # type: ignore[arg-type]


def test_a_teacher_has_no_say_in_new_pictures(own: Path) -> None:
    base = start.find("mini_xception")
    taught = replace(base, recipe=replace(base.recipe, distill=DistillOptions("vgg_slim")))
    assert finetune.plan(taught, f"folder:{own}").distill.teacher == ""
    pattern = Recipe("own", "mini_xception", distill=DistillOptions("cnn3"))
    assert finetune.plan(taught, "", pattern).distill.teacher == "cnn3"


def test_without_a_recipe_it_learns_gently(own: Path) -> None:
    base = start.find("mini_xception")
    made = finetune.plan(base, f"folder:{own}")
    assert made.name == "mini_xception_tuned"
    assert made.schedule.learning_rate == base.recipe.schedule.learning_rate / 10
    assert (made.schedule.epochs, made.schedule.stop_after) == (20, 5)
    assert (made.data.train, made.data.select, made.data.holdout) == ("all", "", 0.2)
    assert made.input == artifact.load("mini_xception", "expression").card.input


def test_what_was_tuned_before_learns_as_gently_again_and_no_gentler(own: Path) -> None:
    base = start.find("mini_xception")
    once = finetune.plan(base, f"folder:{own}")
    again = finetune.plan(replace(base, recipe=once), f"folder:{own}")
    assert again.schedule == once.schedule


def test_a_papers_figure_is_not_of_a_tuned_model(own: Path) -> None:
    base = start.find("mini_xception")
    repeated = replace(base, recipe=replace(base.recipe, paper=Paper(0.92, pictures=140)))
    assert finetune.plan(repeated, f"folder:{own}").paper == Paper()


def test_nothing_is_learned_from_a_test_part(own: Path, tmp_path: Path) -> None:
    shutil.copytree(own, tmp_path / "set" / "test")
    shutil.copytree(own / "happy", tmp_path / "set" / "happy")
    with pytest.raises(BadOption, match="has no part to learn from, only test"):
        finetune.plan(start.find("mini_xception"), f"folder:{tmp_path / 'set'}")


def test_what_is_started_from_is_not_overwritten(tuned: finetune.Tuned, own: Path, folder: Path) -> None:
    with pytest.raises(BadOption, match=r"holds what the training starts from, 'best\.ckpt'.*--out"):
        finetune.finetune(str(folder), f"folder:{own}", out=folder, machine=ALONE, **SHORT)
    with pytest.raises(BadOption, match="holds what the training starts from"):
        run.run("cnn3", folder, start=folder / "best.ckpt", machine=ALONE)


def test_a_checkpoint_has_the_data_of_its_card(tuned: finetune.Tuned, folder: Path, tmp_path: Path) -> None:
    """With its teacher's sets, and without those that were optional and absent: its recipe names these."""
    for name in ("recipe.json", "best.ckpt"):
        shutil.copy(folder / name, tmp_path)
    absent = SetOptions("ckplus48", train="all", optional=True)
    base = recipe.load(str(tmp_path / "recipe.json"))
    data = replace(base.data, dataset="fer2013", train="Training", select="PublicTest", holdout=0.0)
    data = replace(data, sets=(SetOptions("fer2013", "Training", "PublicTest"), absent))
    record.write(replace(base, data=data), tmp_path)
    assert "CK+48" in {source["name"] for source in start.find(str(tmp_path)).data}
    shutil.copy(tuned.run.path.with_suffix(".json"), tmp_path)
    assert start.find(str(tmp_path)).data == tuple(map(dict, tuned.run.card.data))


def test_a_recipe_for_another_network_is_refused() -> None:
    with pytest.raises(BadOption, match="'cnn3' is for cnn3, 'mini_xception' is mini_xception"):
        finetune.plan(start.find("mini_xception"), "", recipe.load("cnn3"))


def test_a_recipe_for_another_task_is_refused_by_its_task(own: Path) -> None:
    with pytest.raises(BadOption, match="'mien_face' is for detection and names its own data: leave --data"):
        finetune.finetune("mini_xception", f"folder:{own}", "mien_face")


def test_a_folder_without_the_word_folder_is_told_how(own: Path) -> None:
    with pytest.raises(BadOption, match=f"write --data folder:{own}"):
        finetune.finetune("mini_xception", str(own))


def test_a_recipe_says_how_and_may_say_what() -> None:
    base, pattern = start.find("mini_xception"), Recipe("x", "mini_xception", seed=5)
    made = finetune.plan(base, "", pattern, epochs=7)
    assert (made.model, made.seed, made.data.dataset) == ("mini_xception", 5, "fer2013")
    assert made.schedule == replace(pattern.schedule, epochs=7)
    assert made.data.labels == base.labels
    with pytest.raises(BadOption, match="--data NAME:FOLDER, or a recipe"):
        finetune.plan(base, "")


def test_published_parts_are_used_as_they_are(own: Path, tmp_path: Path) -> None:
    base = start.find("mini_xception")
    made = finetune.plan(base, "fer2013").data
    assert (made.train, made.select, made.test, made.holdout) == ("Training", "PublicTest", "", 0.0)
    for part in ("train", "val", "test"):
        shutil.copytree(own / "happy", tmp_path / "parts" / part / "happy")
    made = finetune.plan(base, f"folder:{tmp_path / 'parts'}").data
    assert (made.train, made.select, made.test) == ("train", "val", "test")
    shutil.rmtree(tmp_path / "parts" / "val")
    made = finetune.plan(base, f"folder:{tmp_path / 'parts'}").data
    assert (made.train, made.select, made.test, made.holdout) == ("train", "", "test", 0.2)


def test_where_nothing_else_is_known_only_the_new_is_compared(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    assert finetune._known(start.find("mini_xception")) == []


def test_a_folder_of_a_models_name_is_not_taken_for_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mini_xception").mkdir()
    monkeypatch.chdir(tmp_path)
    assert start.find("mini_xception").weights.suffix == ".onnx"
    with pytest.raises(ModelError, match="no folder of a training"):
        start.find("./mini_xception")


def test_a_checkpoint_needs_its_recipe(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"needs best\.ckpt and recipe\.json"):
        start.find(str(tmp_path))
    with pytest.raises(ModelError, match=r"needs some\.ckpt and recipe\.json"):
        start.find(str(tmp_path / "some.ckpt"))
    with pytest.raises(UnknownName, match="mini_xception"):
        start.find("mini_xceptoin")
    with pytest.raises(ModelError, match="does not read pictures"):
        start.find("geometry")


def test_a_checkpoint_answers_as_its_export(tuned: finetune.Tuned, own: Path, folder: Path) -> None:
    checkpoint, model = start.find(str(folder)), start.find(str(tuned.run.path))
    (part,) = finetune._known(model)
    np.testing.assert_allclose(checkpoint.logits(part), model.logits(part), atol=1e-4)


def test_an_int8_names_the_model_to_start_from() -> None:
    with pytest.raises(ModelError, match=r"computes in int8 and cannot learn\. Start from vgg_slim\."):
        start.find("vgg_slim.int8")


def test_the_recipe_of_a_tuned_model_is_not_repeated_from_nothing(
    tuned: finetune.Tuned, folder: Path, tmp_path: Path
) -> None:
    """It would bear the name, and name the data, of weights that it never saw."""
    with pytest.raises(BadOption, match="repeat it with --from mini_xception"):
        run.run(str(folder / "recipe.json"), tmp_path, machine=ALONE)


def test_a_file_whose_network_nobody_knows_is_refused(tmp_path: Path) -> None:
    bundled = artifact.load("mini_xception", "expression")
    path = tmp_path / "odd.onnx"
    shutil.copy(bundled.path, path)
    card = replace(bundled.card, name="odd")
    path.with_suffix(".json").write_text(card.as_json())
    with pytest.raises(ModelError, match=r"Nobody knows the network.*'odd'"):
        start.find(str(path))
    record.write(recipe.load("mini_xception"), tmp_path)  # of another name
    with pytest.raises(ModelError, match="Nobody knows"):
        start.find(str(path))
    record.write(replace(recipe.load("mini_xception"), name="odd"), tmp_path)
    assert start.find(str(path)).recipe.model == "mini_xception"


def test_what_a_trained_model_decides_is_named(caplog: pytest.LogCaptureFixture) -> None:
    base = start.find("mini_xception")
    spec = replace(base.recipe.input, equalize="clahe")
    pattern = Recipe("own", "mini_xception", input=spec, unsure_below=0.3, data=DataOptions(balance="loss"))
    made = finetune.plan(base, "fer2013", pattern)
    assert "Not used of the recipe: input. mini_xception has its own." in caplog.text
    assert (made.unsure_below, made.data.balance, made.input) == (0.3, "loss", base.recipe.input)
    with pytest.raises(UnknownName, match="vgg_slimm"):
        finetune.plan(base, "fer2013", Recipe("own", "vgg_slimm"))
