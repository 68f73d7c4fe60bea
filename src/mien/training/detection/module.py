"""The detector, its loss and what it is chosen by, as Lightning wants them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from mien import geometry
from mien.errors import ModelError
from mien.training.detection.average_precision import Seen, average_precision, counted
from mien.training.detection.losses import decode_boxes, loss
from mien.training.detection.maps import cells_of
from mien.training.detection.selection import KINDS, Selection
from mien.training.module import optimizer_and_decay
from mien.training.recipe import Schedule
from mien.types import Floats

LOWEST, OVERLAP, MOST = 0.05, 0.3, 200
REPORTED = 0.6
"""The score from which a face is reported; the false faces of pictures without any count from here."""
Batch = dict[str, Tensor]
Found = dict[int, tuple[Any, Any]]
Tight = Callable[[Floats], Floats]


def as_they_are(boxes: Floats) -> Floats:
    """``boxes``, unchanged."""
    return boxes


class DetectionModule(LightningModule):
    """Learns scores, boxes and points of all cells; chosen by average precision, also turned and dark.

    ``val_loss`` is what ``val_score`` lacks of 1.
    ``tight`` makes of the teacher's boxes, which it learns, those that people draw: the selection has theirs.
    """

    def __init__(
        self, network: nn.Module, schedule: Schedule, selection: Selection, tight: Tight = as_they_are
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._schedule, self._selection, self._tight = schedule, selection, tight
        self._found: Found = {}

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) pixels from 0 to 255 to what every cell says, (B, M, 15) float32."""
        maps = self.network(pictures.float().contiguous(memory_format=torch.channels_last))
        return torch.cat([each.flatten(2).transpose(1, 2) for each in maps], dim=1).float()

    def training_step(self, batch: Batch, index: int) -> Tensor:
        pictures = batch["pictures"]
        cells, strides = self._cells(pictures)
        parts = loss(self(pictures), cells, strides, batch)
        total = torch.stack(list(parts.values())).sum()
        if not torch.isfinite(total):
            raise ModelError(
                f"The loss became {total.item()} in epoch {self.current_epoch}, step {index}. "
                f"Lower the learning rate (now {self._schedule.learning_rate:g}) or set clip."
            )
        for name, value in parts.items():
            self.log(
                f"train_{name}",
                value.detach(),
                on_step=False,
                on_epoch=True,
                batch_size=len(pictures),
                sync_dist=True,
            )
        return total

    def on_validation_epoch_start(self) -> None:
        self._found = {}

    def validation_step(self, batch: Batch, index: int) -> None:
        pictures = batch["pictures"]
        cells, strides = self._cells(pictures)
        outputs = self(pictures)
        for number, output in zip(batch["index"].tolist(), outputs, strict=True):
            boxes, found = _faces(output, cells, strides)
            self._found[number] = self._tight(boxes), found

    def on_validation_epoch_end(self) -> None:
        scores = self._scores(self._gathered())
        self.log("val_loss", 1 - scores["score"], sync_dist=True)
        for name, value in scores.items():
            self.log(f"val_{name}", value, prog_bar=True, sync_dist=True)

    def _scores(self, found: Found) -> dict[str, float]:
        """AP of the plain, turned and dark pictures, false faces per empty picture, and one score of all."""
        kinds: list[list[Seen]] = [[] for _ in KINDS]
        for number, (boxes, scores) in found.items():
            shown = self._selection.shown[number]
            kinds[shown.kind].append(counted(Seen(boxes, scores, shown.boxes), shown.ignored))
        plain, turned, dark = (average_precision(kind) for kind in kinds[:3])
        false = float(np.mean([(seen.scores >= REPORTED).sum() for seen in kinds[3]] or [0]))
        score = 0.6 * plain + 0.25 * turned + 0.15 * dark - 0.05 * min(false, 1)
        return {"plain": plain, "turned": turned, "dark": dark, "false": false, "score": score}

    def _gathered(self) -> Found:
        if self.trainer.world_size == 1:
            return self._found
        parts: list[Any] = [None] * self.trainer.world_size
        torch.distributed.all_gather_object(parts, self._found)
        return {number: seen for part in parts for number, seen in part.items()}

    def _cells(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        corners, strides = cells_of(pictures.shape[2], pictures.shape[3])
        return torch.from_numpy(corners).to(self.device), torch.from_numpy(strides).to(self.device)

    def configure_optimizers(self) -> Any:
        return optimizer_and_decay(self.network, self._schedule, self.trainer)


def _faces(output: Tensor, cells: Tensor, strides: Tensor) -> tuple[Any, Any]:
    scores = output[:, 0].sigmoid()
    likely = scores.topk(min(MOST * 3, len(scores))).indices
    likely = likely[scores[likely] >= LOWEST]
    boxes = decode_boxes(output[likely, 1:5], cells[likely], strides[likely]).cpu().numpy()
    kept_scores = scores[likely].cpu().numpy()
    kept = geometry.nms(boxes, kept_scores, OVERLAP)[:MOST]
    return boxes[kept], kept_scores[kept]
