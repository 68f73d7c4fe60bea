"""What others said of the same pictures, learned beside their labels."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from face_sets import FER_COLUMNS, write
from mien import artifact
from mien.backends import OnnxRuntime
from mien.errors import BadOption, MienError, ModelError
from mien.labels import FER7
from mien.training import expression, finetune, loop, record, run, sets, start
from mien.training.checkpoint import load_weights
from mien.training.machine import Machine
from mien.training.recipe import DataOptions, Recipe, Schedule, SetOptions, VotesOptions

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
CHOSEN = Recipe(
    "voted",
    "cnn3",
    schedule=Schedule(epochs=1, batch=35, warmup=0),
    votes=VotesOptions("ferplus:votes=counts", 0.25),
)
HAPPY, SAD, NEUTRAL = (FER7.index(name) for name in ("happy", "sad", "neutral"))
VOTES = ("2,6,0,2,0,0,0,0,0,0", "0,4,0,0,0,0,0,6,0,0", "0,0,0,0,0,0,0,0,1,9")
"""Neutral, happy and sad; happy and contempt; not a face. In the order of the rows, again and again."""


@pytest.fixture(autouse=True)
def voted(faces_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made faces, with votes on each."""
    folder = tmp_path / "data"
    shutil.copytree(faces_folder, folder)
    usages = ["Training"] * 96 + ["PublicTest"] * 35
    lines = [f"{usage},fer{row:07}.png,{VOTES[row % 3]}" for row, usage in enumerate(usages)]
    (folder / "fer2013" / "row_flags.csv").unlink()
    write(folder / "fer2013" / "fer2013new.csv", [f"Usage,Image name,{FER_COLUMNS}", *lines])
    monkeypatch.setenv("MIEN_DATA", str(folder))
    return folder


def shares(**of: float) -> np.ndarray:
    return np.array([of.get(name, 0.0) for name in FER7], np.float32)


def test_the_target_is_the_label_and_the_votes_on_the_very_picture() -> None:
    data = sets.load(CHOSEN)
    soft = data.train.samples.soft
    assert soft is not None
    assert (data.outputs, soft.shape) == (14, (96, 14))
    labels = np.eye(7, dtype=np.float32)[data.train.samples.targets]
    np.testing.assert_allclose(soft[0::3, :7], 0.75 * labels[0::3])
    np.testing.assert_allclose(
        soft[0::3, 7:], np.tile(0.25 * shares(neutral=0.2, happy=0.6, sad=0.2), (32, 1))
    )
    np.testing.assert_allclose(soft.sum(axis=1), 1, rtol=1e-6)


def test_votes_for_what_is_not_told_apart_do_not_count() -> None:
    soft = sets.load(CHOSEN).train.samples.soft
    assert soft is not None
    np.testing.assert_allclose(soft[1::3, 7:], np.tile(0.25 * shares(happy=1), (32, 1)))  # contempt had more


def test_a_picture_without_votes_keeps_its_label_alone() -> None:
    train = sets.load(CHOSEN).train.samples
    assert train.soft is not None
    np.testing.assert_array_equal(train.soft[2::3, :7], np.eye(7)[train.targets[2::3]])
    assert not train.soft[2::3, 7:].any()


def test_pictures_that_were_left_out_do_not_shift_the_votes() -> None:
    plain = sets.load(CHOSEN).train.samples
    drawn = sets.load(replace(CHOSEN, data=DataOptions(per_class=5))).train.samples
    assert plain.soft is not None
    assert drawn.soft is not None
    assert len(drawn) == 35
    np.testing.assert_array_equal(drawn.soft, plain.soft[np.searchsorted(plain.rows, drawn.rows)])


def test_selection_knows_labels_alone_and_the_card_names_the_voters() -> None:
    data = sets.load(CHOSEN)
    assert data.select.samples.soft is None
    assert data.sources[-1]["name"] == "FER+"
    assert data.sources[-1]["use"] == "votes on the pictures that were learned from"
    assert len(sets.load(replace(CHOSEN, votes=VotesOptions())).sources) == len(data.sources) - 1


def silent(module: Any) -> Any:
    module.eval()
    module.log = lambda *given, **more: None  # no trainer is there to log to
    return module


def test_validation_asks_the_first_outputs_alone() -> None:
    module = silent(expression.task(CHOSEN).module)
    pictures = torch.randn(9, 1, 48, 48)
    with torch.no_grad():
        logits = module(pictures)
        assert logits.shape == (9, 14)
        module.network[-1].bias[7:] += 100  # the votes' outputs would win
        module.on_validation_epoch_start()
        module.validation_step((pictures, logits[:, :7].argmax(dim=1)), 0)
    assert module._sums[1] == 9


def test_the_answer_to_labels_is_no_matter_of_the_votes() -> None:
    """Under one softmax, p(label | picture, the labellers) depends on the first outputs alone."""
    logits = torch.randn(5, 14, dtype=torch.float64)
    joint = logits.softmax(dim=1)[:, :7]
    torch.testing.assert_close(joint / joint.sum(dim=1, keepdim=True), logits[:, :7].softmax(dim=1))


def test_the_model_that_comes_of_it_has_no_outputs_for_votes(tmp_path: Path) -> None:
    task = expression.task(CHOSEN)
    made = run.finish(expression, CHOSEN, task, tmp_path / "run", machine=ALONE)
    card = artifact.load(str(made.path), "expression").card
    assert card.labels == FER7
    plain = sum(entry.numel() for entry in start.fresh(CHOSEN, 7).parameters())
    assert card.parameters == plain
    answer = OnnxRuntime(made.path.read_bytes()).run(np.zeros((2, 1, 48, 48), np.float32))[0]
    assert answer.shape == (2, 7)
    learned = task.module.get_submodule("network")[-1].weight
    assert learned.shape[0] == 14
    found = start.find(str(tmp_path / "run"))
    kept = found.network(sets.load(CHOSEN).train)
    assert kept[-1].weight.shape[0] == 7  # type: ignore[index,union-attr]


def test_outputs_are_left_out_of_a_voted_training_alone(tmp_path: Path) -> None:
    two = start.fresh(CHOSEN, 14)
    state = {f"network.{name}": value for name, value in two.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "two.ckpt")
    with pytest.raises(ModelError, match="size mismatch"):
        load_weights(start.fresh(CHOSEN, 7), tmp_path / "two.ckpt", "cnn3")
    kept = load_weights(start.fresh(CHOSEN, 7), tmp_path / "two.ckpt", "cnn3", voted=True)
    torch.testing.assert_close(kept[-1].weight, two[-1].weight[:7])  # type: ignore[index,union-attr]


def test_a_voted_training_goes_on_where_it_was(tmp_path: Path) -> None:
    longer = replace(CHOSEN, schedule=replace(CHOSEN.schedule, epochs=2, decay="none"))
    first = replace(longer, schedule=replace(longer.schedule, epochs=1))
    loop.train(expression.task(first), tmp_path, machine=ALONE)
    resumed = loop.train(expression.task(longer), tmp_path, machine=ALONE, resume=True)
    assert resumed.checkpoint.is_file()


def test_a_tuned_model_learns_labels_alone() -> None:
    base = start.find("mini_xception")
    base = replace(base, recipe=replace(base.recipe, votes=CHOSEN.votes))
    assert finetune.plan(base, "folder:mine").votes.dataset == ""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(CHOSEN, votes=VotesOptions("fer2013")), "no other set"),
        (replace(CHOSEN, data=DataOptions("ferplus:classes=7")), "is about the pictures of FER2013"),
        (
            replace(
                CHOSEN,
                data=DataOptions(
                    sets=(SetOptions("fer2013", "Training", "PublicTest"), SetOptions("fer2013", "Training"))
                ),
            ),
            "fer2013 and fer2013",
        ),
    ],
)
def test_votes_on_other_pictures_are_refused(changed: Recipe, words: str) -> None:
    with pytest.raises(BadOption, match=words):
        sets.load(changed)


def test_labels_that_are_renamed_are_renamed_in_the_votes() -> None:
    """The happy and the sad count as one: so do the votes for them."""
    joined = SetOptions("fer2013", "Training", "PublicTest", labels={"sad": "happy"})
    data = DataOptions(sets=(joined,), labels=tuple(name for name in FER7 if name != "sad"))
    loaded = sets.load(replace(CHOSEN, data=data))
    soft = loaded.train.samples.soft
    assert soft is not None
    assert soft[0, 6 + loaded.labels.index("happy")] == pytest.approx(0.25 * 0.8)


def test_votes_on_another_copy_of_the_set_are_refused(voted: Path, tmp_path: Path) -> None:
    """Its rows are other pictures: the votes would be on somebody else."""
    table = (voted / "fer2013" / "fer2013.csv").read_text().splitlines()
    write(tmp_path / "copy" / "fer2013.csv", [table[0], *table[2:97], table[1], *table[97:]])
    changed = replace(CHOSEN, data=DataOptions(f"fer2013:{tmp_path / 'copy'}"))
    with pytest.raises(BadOption, match="another picture in row 0"):
        sets.load(changed)


def test_a_trained_model_does_not_drop_the_votes_of_a_recipe_in_silence() -> None:
    base = start.find("mini_xception")
    pattern = replace(CHOSEN, model="mini_xception")
    with pytest.raises(BadOption, match=r"learns \[votes\]"):
        finetune.plan(base, "", pattern)
    assert finetune.plan(base, "folder:mine", pattern).votes.dataset == ""


def test_a_training_from_before_there_were_votes_goes_on(tmp_path: Path) -> None:
    plain = replace(CHOSEN, votes=VotesOptions())
    record.write(plain, tmp_path)
    kept = record.read(tmp_path / record.FILE)
    del kept["votes"], kept["schedule"]["stop_after"]
    (tmp_path / record.FILE).write_text(json.dumps(kept), "utf-8")
    record.check(plain, tmp_path)
    with pytest.raises(BadOption, match=r"votes\.dataset: nothing then, ferplus:votes=counts now"):
        record.check(CHOSEN, tmp_path)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(BadOption, match="share"):
        VotesOptions("ferplus", share)


def test_votes_that_are_not_there_are_named(voted: Path) -> None:
    (voted / "fer2013" / "fer2013new.csv").unlink()
    with pytest.raises(MienError, match="fer2013new"):
        sets.load(CHOSEN)


def test_rare_expressions_weigh_more_beside_votes_too() -> None:
    task = expression.task(replace(CHOSEN, data=DataOptions(balance="loss")))
    weights = dict(task.module.named_buffers())["_class_weights"]
    assert weights.shape == (14,)
    assert (weights[7:] == 1).all()
