"""The one-stage network trained for a moment on made pictures, exported, and run."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from mien import artifact
from mien.backends import OnnxRuntime
from mien.errors import BadOption, ModelError, SourceError
from mien.labels import FER7
from mien.training import loop
from mien.training.machine import Machine
from mien.training.models import yolo_expression
from mien.training.recipe import Schedule
from mien.training.yolo import export, job
from mien.training.yolo.module import YoloModule
from mien.training.yolo.network import fresh
from mien.training.yolo.options import DataOptions, SceneOptions
from mien.training.yolo.recipe import YoloRecipe

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
SIDE = 64
COLOURS = np.array(((255, 0, 255), (0, 255, 255), (255, 255, 0)), np.uint8)
"""What happy, sad and surprise look like here."""
TINY = YoloRecipe(
    "tiny",
    steps=2,
    network={"width": 0.0625, "depth": 0.1},
    data=DataOptions(
        (
            SceneOptions("made"),
            SceneOptions("made", use="select"),
            SceneOptions("other", use="test"),
            SceneOptions("absent", use="test", optional=True),
        ),
        (SIDE,),
        (1.0,),
        SIDE,
    ),
    schedule=Schedule(epochs=1, batch=4, warmup=0, ema=0.0, learning_rate=3e-3, precision="32-true"),
    sets=({"name": "made", "rights": "none"},),
)


class Made(Dataset[dict[str, Tensor]]):
    """Batches of four pictures, each with one square whose colour is its expression; one says nothing."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed = count, seed

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        random = np.random.default_rng((self._seed, index))
        pictures = random.integers(40, 100, (4, SIDE, SIDE, 3)).astype(np.uint8)
        boxes = []
        for number, picture in enumerate(pictures):
            kind, size = random.integers(3), random.integers(14, 40)
            x, y = random.integers(0, SIDE - size, 2)
            picture[y : y + size, x : x + size] = COLOURS[kind]
            known = -1 if number == 3 else kind + 3
            boxes.append((number, known, x + size / 2, y + size / 2, size, size))
        return {
            "pictures": torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))),
            "boxes": torch.tensor(np.array(boxes, np.float32)),
        }


class MadeScenes(LightningDataModule):
    def __init__(self, recipe: YoloRecipe) -> None:
        super().__init__()
        self._recipe = recipe

    def train_dataloader(self) -> DataLoader[dict[str, Tensor]]:
        return DataLoader(Made(self._recipe.steps, 0), batch_size=None)

    def val_dataloader(self) -> DataLoader[dict[str, Tensor]]:
        name = self._recipe.data.of("select")[0].scenes
        if name == "absent":
            raise SourceError("There is no set 'absent'.")
        return DataLoader(Made({"made": 3, "other": 2}[name], 1), batch_size=None)


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "Scenes", MadeScenes)


def test_from_recipe_to_a_model_that_answers(tmp_path: Path) -> None:
    trained = loop.train(job.task(TINY), tmp_path, machine=ALONE)
    assert 0 <= trained.score <= 1
    made = job.export(TINY, trained.checkpoint, tmp_path, minutes=1.5, hardware="here")
    card = artifact.read_card(made.path.with_suffix(".json"))
    assert card == made.card
    assert card.labels == FER7
    assert card.detection is not None
    assert (card.detection.layout, card.detection.strides) == ("anchors", (8, 16, 32))
    assert 0.05 <= card.detection.score_threshold <= 0.9
    assert np.shape(card.detection.anchors) == (3, 3, 2)
    assert max(np.ravel(card.detection.anchors)) < SIDE
    assert card.figures["hardware"] == "here"
    assert card.figures["measured_on"] == f"made, 12 pictures at {SIDE}"
    assert {name: figures["pictures"] for name, figures in card.figures["test"].items()} == {"other": 8}
    assert card.data == TINY.sets
    assert made.difference <= export.TOLERANCE
    session = OnnxRuntime(artifact.load(str(made.path), "detection").read())
    outputs = session.run(np.zeros((1, 3, 96, 160), np.float32))
    assert list(session.output_shapes()) == ["stride_8", "stride_16", "stride_32"]
    assert [each.shape for each in outputs] == [(1, 36, 12, 20), (1, 36, 6, 10), (1, 36, 3, 5)]


def test_it_learns_where_and_what(tmp_path: Path) -> None:
    schedule = dataclasses.replace(TINY.schedule, epochs=6, learning_rate=1e-2, label_smoothing=0.0)
    longer = dataclasses.replace(TINY, steps=40, schedule=schedule)
    chosen = loop.train(job.task(longer), tmp_path, machine=ALONE)
    assert chosen.score > 0.5


@pytest.mark.parametrize("box_loss", ["ciou", "mse"])
def test_the_loss_falls_by_either_box_loss(box_loss: str) -> None:
    options = dataclasses.replace(TINY.loss, box_loss=box_loss)
    module = YoloModule(yolo_expression.build(**TINY.network), TINY.schedule, options)
    optimizer = torch.optim.AdamW(module.network.parameters(), 3e-3)
    batch, losses = Made(1, 0)[0], []
    for _ in range(12):
        optimizer.zero_grad()
        parts = module._losses(module(batch["pictures"]), batch["boxes"])
        total = torch.stack(list(parts.values())).sum()
        total.backward()
        optimizer.step()
        losses.append({name: value.item() for name, value in parts.items()})
    assert losses[-1]["box"] < 0.8 * losses[0]["box"]
    assert losses[-1]["expression"] < 0.8 * losses[0]["expression"]


class Still(nn.Module):
    """Answers no number, whatever it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(float("nan")))
        self.register_buffer("anchors", torch.tensor(yolo_expression.ANCHORS))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        count, _, height, width = pictures.shape
        return [self.value.expand(count, 36, height // each, width // each) for each in (8, 16, 32)]


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    module = YoloModule(Still(), TINY.schedule, TINY.loss)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="loss became nan in epoch 0, step 0"):
        loop.train(dataclasses.replace(job.task(TINY), module=module), tmp_path, machine=ALONE)


PLAIN = {
    "Add",
    "Concat",
    "Constant",
    "Conv",
    "MaxPool",
    "Mul",
    "ReduceMax",
    "ReduceMean",
    "Resize",
    "Sigmoid",
}
"""What every engine can do."""
OTHERWISE = {"stem": "conv", "activation": "silu", "attention": "sam"}


def warm(**options: str) -> yolo_expression.YoloExpression:
    """Fresh weights, with batch norms that do something."""
    torch.manual_seed(0)
    network = yolo_expression.build(**TINY.network, **options).train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 3, 64, 64) * 255)
    return network.eval()


@pytest.mark.parametrize("options", [{}, OTHERWISE])
def test_folding_and_slicing_in_one_change_no_answer(options: dict[str, str]) -> None:
    network = warm(**options)
    picture = torch.rand(1, 3, 64, 96) * 255
    folded = export.folded(network)
    assert not any(isinstance(module, (nn.BatchNorm2d, export.Focus)) for module in folded.modules())
    for found, wanted in zip(folded(picture), network(picture), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a_convolution_behind_the_slices_equals_one_of_stride_2() -> None:
    sliced = nn.Conv2d(12, 5, 3, padding=1)
    picture = torch.rand(2, 3, 10, 14)
    wanted = sliced(export.Focus()(picture))
    torch.testing.assert_close(export.unsliced(sliced)(picture), wanted, atol=1e-5, rtol=1e-5)


def test_the_export_answers_the_same_with_all_options() -> None:
    network = warm(**OTHERWISE)
    content = export.to_onnx(export.folded(network))
    assert {node.op_type for node in onnx.load_from_string(content).graph.node} <= PLAIN
    assert export._difference(network, content) < 1e-3
    other = export.folded(network)
    with torch.no_grad():
        other.heads[0].bias += 1
    with pytest.raises(ModelError, match="differ by"):
        export._difference(other, content)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"anchors": (1.0, 2.0)}, "give 18 numbers over 0"),
        ({"anchors": (0.0,) * 18}, "give 18 numbers over 0"),
        ({"steps": 0}, "steps=0"),
        ({"validate_every": 0}, "validate_every=0"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadOption, match=complaint):
        dataclasses.replace(TINY, **change)


def test_a_network_that_finds_no_faces_is_refused() -> None:
    with pytest.raises(BadOption, match="model=resnet does not find faces"):
        fresh(dataclasses.replace(TINY, model="resnet", network={}))
