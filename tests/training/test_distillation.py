"""A trained model as the teacher of another."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from mien import artifact
from mien.artifact import InputSpec
from mien.backends import OnnxRuntime
from mien.errors import BadOption, MienError
from mien.labels import FER7
from mien.training import distillation, export, expression, loop, record, run, sets
from mien.training.machine import Machine
from mien.training.recipe import DataOptions, DistillOptions, Recipe, Schedule

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
PUPIL = Recipe(
    "pupil",
    "cnn3",
    schedule=Schedule(epochs=1, batch=35, warmup=0),
    distill=DistillOptions("mini_xception", 0.7, 3.0),
)


@pytest.fixture(autouse=True)
def _data(made_faces: Path) -> Path:
    return made_faces


def rows(seed: int) -> torch.Tensor:
    return torch.randn(6, 7, generator=torch.Generator().manual_seed(seed)) * 3


def test_the_distance_is_the_divergence_of_the_softened_answers() -> None:
    own, wanted = rows(1), rows(2)
    p, q = ((logits / 2).softmax(dim=1).double() for logits in (wanted, own))
    by_hand = (p * (p / q).log()).sum(dim=1).mean() * 4
    torch.testing.assert_close(distillation.distance(own, wanted, 2.0).double(), by_hand)
    assert distillation.distance(own, own, 2.0) == pytest.approx(0, abs=1e-6)
    shifted = own + torch.arange(6)[:, None]  # the same answers
    assert distillation.distance(own, shifted, 2.0) == pytest.approx(0, abs=1e-5)


def test_label_and_teacher_share_the_loss() -> None:
    module = expression.task(PUPIL).module
    plain = expression.task(replace(PUPIL, distill=DistillOptions())).module
    pictures, labels = torch.randn(7, 1, 48, 48), torch.arange(7)
    for each in (module, plain):
        each.eval()
        each.log = lambda *given, **more: None  # type: ignore[method-assign]  # no trainer is there to log to
    teacher = distillation.teacher(PUPIL, sets.load(PUPIL))
    assert teacher is not None
    both, alone = (each.training_step((pictures, labels), 0) for each in (module, plain))
    far = distillation.distance(plain(pictures), teacher.logits(pictures), 3.0)
    torch.testing.assert_close(both, 0.3 * alone + 0.7 * far, rtol=1e-4, atol=1e-5)


def test_the_teacher_answers_as_the_model_does_and_does_not_learn() -> None:
    data = sets.load(PUPIL)
    found = distillation.teacher(PUPIL, data)
    assert found is not None
    assert not found.network.training
    assert not any(entry.requires_grad for entry in found.network.parameters())
    pictures = torch.randn(5, 1, 48, 48, requires_grad=True)
    answer = found.logits(pictures)
    assert not answer.requires_grad
    content = artifact.load("mini_xception", "expression").read()
    wanted = torch.from_numpy(OnnxRuntime(content).run(pictures.detach().numpy())[0])
    torch.testing.assert_close(answer, wanted, rtol=1e-3, atol=1e-3)


def test_a_pupil_keeps_its_own_weights_and_names_its_teacher(tmp_path: Path) -> None:
    task = expression.task(PUPIL)
    done = run.finish(expression, PUPIL, task, tmp_path, machine=ALONE)
    kept = torch.load(tmp_path / "last.ckpt", weights_only=True)["state_dict"]
    assert {name.partition(".")[0] for name in kept} == {"network"}
    uses = {row["use"] for row in artifact.read_card(done.path.with_suffix(".json")).data}
    assert {"learning", "learning of the teacher mini_xception"} <= uses
    assert record.read(tmp_path / record.FILE)["distill"]["teacher"] == "mini_xception"
    assert export.load_network(PUPIL, tmp_path / "best.ckpt", 7) is not None


def test_the_teacher_is_learned() -> None:
    """A network that learns from its teacher alone comes nearer to it; labels would not lead there."""
    own = replace(PUPIL, distill=DistillOptions("mini_xception", 1.0, 1.0), schedule=Schedule(epochs=1))
    module = expression.task(own).module
    module.log = lambda *given, **more: None  # type: ignore[method-assign]
    optimizer = torch.optim.Adam(module.parameters(), 3e-3)
    pictures = functional.interpolate(torch.randn(14, 1, 6, 6), 48)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = module.training_step((pictures, torch.zeros(14, dtype=torch.long)), 0)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("name", ["mini_xceptoin", "geometry"])
def test_what_cannot_teach_is_said(name: str) -> None:
    with pytest.raises(MienError, match=name):
        expression.task(replace(PUPIL, distill=DistillOptions(name)))


def test_other_labels_or_another_input_cannot_be_taught() -> None:
    few = replace(PUPIL, data=DataOptions(labels=FER7[:3]))
    with pytest.raises(BadOption, match=r"mini_xception.* reads"):
        distillation.teacher(few, replace(sets.load(PUPIL), labels=FER7[:3]))
    other = replace(PUPIL, input=InputSpec(48, 48, "gray", (127.0,), (64.0,)))
    with pytest.raises(BadOption, match="have to be the same"):
        expression.task(other)


@pytest.mark.parametrize("wrong", [{"weight": 1.5}, {"weight": -0.1}, {"temperature": 0.0}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadOption, match=next(iter(wrong))):
        DistillOptions("mini_xception", **wrong)


def test_without_a_teacher_nothing_changes(tmp_path: Path) -> None:
    plain = replace(PUPIL, distill=DistillOptions())
    assert distillation.teacher(plain, sets.load(plain)) is None
    assert distillation.sources(plain) == ()
    assert loop.train(expression.task(plain), tmp_path, machine=ALONE).score >= 0
