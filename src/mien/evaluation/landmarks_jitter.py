"""How much the points of a still face tremble, with and without the filter that runs on video."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mien import imageops
from mien.detectors.base import Detector
from mien.landmarkers.base import Landmarker
from mien.landmarks68 import inter_ocular
from mien.one_euro import PointFilter
from mien.pipeline import open_source
from mien.types import Floats, Frame, Image

RATE = 30.0
FRAMES = 45
NOISE = 4.0
"""Deviation of a camera's noise, in gray levels of 255: what a webcam shows in a living room."""
QUALITY = 80
"""Of the JPEG that each frame passes through, as cameras send them."""


def still(picture: Image, count: int = FRAMES) -> Iterator[Frame]:
    """``count`` frames of ``picture`` (H, W, 3) as a fixed camera gives them: fresh noise, and coded anew."""
    random = np.random.default_rng(11)
    for index in range(count):
        noise = random.standard_normal(picture.shape, np.float32) * NOISE
        noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
        coded = imageops.decode(imageops.encode(noisy, ".jpg", QUALITY))
        yield Frame(coded, index, index / RATE, "still")


def jitter(
    landmarkers: dict[str, Landmarker], detector: Detector, clips: Iterable[Iterable[Frame]]
) -> dict[str, dict[str, float]]:
    """Per landmarker ``off`` and ``on``, without and with the filter, and ``lag``; shares of inter-ocular.

    ``off`` and ``on`` are the root mean square way of a point from frame to frame: on a still face all of it
    is trembling, on a moving one the movement counts too. ``lag`` is the mean distance that the filter
    keeps the points from where they were found. Of several faces the largest counts; NaN without a face.
    """
    pairs: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in landmarkers}
    for clip in clips:
        for name, track in _tracks(landmarkers, detector, clip).items():
            pairs[name] += track
    return {name: _figures(tracks) for name, tracks in pairs.items()}


def of_video(path: str | Path, landmarkers: dict[str, Landmarker], detector: Detector) -> dict[str, Any]:
    """`jitter` on the video at ``path``."""
    with open_source(path) as source:
        return jitter(landmarkers, detector, [source])


def _tracks(
    landmarkers: dict[str, Landmarker], detector: Detector, frames: Iterable[Frame]
) -> dict[str, list[tuple[Floats, Floats]]]:
    """Per landmarker the raw and the filtered points (T, 68, 2) of each run of frames that show a face."""
    runs: dict[str, list[list[tuple[Floats, Floats]]]] = {name: [[]] for name in landmarkers}
    filters = {name: PointFilter() for name in landmarkers}
    for frame in frames:
        faces = detector.detect(frame.image)
        box = max((face.box for face in faces), key=lambda box: box.area, default=None)
        for name, landmarker in landmarkers.items():
            if box is None:
                runs[name].append([])
                continue
            raw = landmarker.locate(frame.image, box)
            runs[name][-1].append((raw, filters[name].update(1, raw, frame.time)))
    return {name: [_stacked(run) for run in found if len(run) > 1] for name, found in runs.items()}


def _stacked(run: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    raw, smooth = zip(*run, strict=True)
    return np.stack(raw), np.stack(smooth)


def _figures(tracks: list[tuple[Floats, Floats]]) -> dict[str, float]:
    if not tracks:
        return {"off": math.nan, "on": math.nan, "lag": math.nan, "frames": 0}
    sizes = [inter_ocular(raw).mean() for raw, _ in tracks]
    off = [_ways(raw) / size for (raw, _), size in zip(tracks, sizes, strict=True)]
    on = [_ways(smooth) / size for (_, smooth), size in zip(tracks, sizes, strict=True)]
    lag = [
        np.linalg.norm(raw - smooth, axis=2) / size for (raw, smooth), size in zip(tracks, sizes, strict=True)
    ]
    return {
        "off": _root_mean_square(off),
        "on": _root_mean_square(on),
        "lag": float(np.concatenate(lag).mean()),
        "frames": sum(len(raw) for raw, _ in tracks),
    }


def _ways(points: Floats) -> Floats:
    """How far each point (T, 68, 2) goes from frame to frame, (T - 1, 68) pixels."""
    return np.asarray(np.linalg.norm(np.diff(points, axis=0), axis=2), np.float32)


def _root_mean_square(parts: Sequence[Floats]) -> float:
    return float(np.sqrt(np.mean(np.square(np.concatenate(parts)))))
