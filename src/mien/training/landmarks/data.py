"""Batches of faces with their points, through the very steps that the runtime uses (`mien.prepare`)."""

import cv2
import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mien import imageops, prepare
from mien.artifact import CropSpec, InputSpec
from mien.datasets._landmarks68 import Portraits
from mien.landmarks68 import inter_ocular
from mien.training.data import Pick, Picks
from mien.training.landmarks.augment import PointAugment, cut, face_box, vary
from mien.training.quiet import mute
from mien.types import Floats, Image

REGION = CropSpec(2.4)
"""What is kept of a picture: enough for the largest box, turned by 45 degrees."""
LONGEST = 176
"""Pixels that the kept square measures at most."""


def region(picture: Image, points: Floats) -> tuple[Image, Floats]:
    """The gray square around a face, and its points (68, 2) in pixels of that square."""
    box = face_box(points)
    left, top, side = prepare.square(box, REGION)
    cut = prepare.crop(imageops.gray(picture), box, REGION)
    kept = min(side, LONGEST)
    moved = (points - np.array((left, top), np.float32)) * (kept / side)
    return np.ascontiguousarray(imageops.resize(cut, kept, kept)), moved


class Batches(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Faces as tensors, a whole batch at a time; pixels stay uint8 in memory until they are asked for."""

    def __init__(
        self, portraits: Portraits, spec: InputSpec, crop: CropSpec, changes: PointAugment | None = None
    ) -> None:
        kept = [region(portraits.image(index), portraits.points[index]) for index in range(len(portraits))]
        self._pictures, self._points = [picture for picture, _ in kept], [points for _, points in kept]
        self._spec, self._crop, self._changes = spec, crop, changes

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, pick: Pick) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (B, C, H, W), points (B, 68, 2) and distance of the eyes (B,) in sides of the crop."""
        random = np.random.default_rng(pick.seed)
        faces = [self._face(int(index), random) for index in pick.indices]
        points = np.stack([points for _, points in faces])
        pixels = prepare.tensor([picture for picture, _ in faces], self._spec)
        return torch.from_numpy(pixels), torch.from_numpy(points), torch.from_numpy(inter_ocular(points))

    def _face(self, index: int, random: np.random.Generator) -> tuple[Image, Floats]:
        picture, points = self._pictures[index], self._points[index]
        if self._changes is not None:
            return vary(picture, points, self._crop, self._changes, random)
        return cut(picture, points, face_box(points), self._crop)


class Portrayed(LightningDataModule):
    """The learning and the selection part, in memory; each process takes its share of both."""

    def __init__(self, train: Batches, select: Batches, batch: int, seed: int) -> None:
        super().__init__()
        self._train, self._select = train, select
        self._batch, self._seed = batch, seed

    def setup(self, stage: str) -> None:
        cv2.setNumThreads(1)
        mute()  # in every process: each has its own filters

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        picks = Picks(len(self._train), self._batch, shuffle=True, seed=self._seed, **self._place())
        return DataLoader(self._train, sampler=picks, batch_size=None)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        picks = Picks(len(self._select), 256, shuffle=False, **self._place())
        return DataLoader(self._select, sampler=picks, batch_size=None)

    def _place(self) -> dict[str, int]:
        trainer = self.trainer
        return {"rank": trainer.global_rank, "world": trainer.world_size} if trainer else {}
