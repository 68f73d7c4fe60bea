"""How fast the facial regions move, by optical flow between a person's frames."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from mien import imageops, landmarks68, regions
from mien.measures.base import Measure
from mien.types import Box, Face, Floats, Frame, Image

Complexes = npt.NDArray[np.complex64]

SIDE = 96
"""The side of the window in which motion is looked for, in pixels."""
OCULAR = 53.0
"""The inter-ocular distance in the window: brows to chin then fill it."""
_EYES_AT = (SIDE / 2, 24.0)
"""Where the middle between the eyes lies in the window."""
MAX_GAP = 0.5
"""Frames further apart than this, in seconds, tell nothing about motion."""
_ALL = Box(0, 0, SIDE, SIDE)


@dataclass(frozen=True, slots=True)
class _Seen:
    window: Image
    time: float


class FaceMotion(Measure):
    """Mean speed per region since the person's last frame, in inter-ocular distances per second.

    Optical flow (Farneback, "Two-frame motion estimation based on polynomial expansion", SCIA 2003) between
    faces brought to one place, size and roll; what is left of the head's own motion (shift, scale and turn
    in the picture) is fitted and taken off. NaN without a track, for its first frame, and after a gap.
    """

    columns: ClassVar[tuple[str, ...]] = (*(f"motion_{name}" for name in regions.NAMES), "motion_face")
    needs_landmarks: ClassVar[bool] = True

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        imageops.check(frame.image)
        unknown = (float("nan"),) * len(self.columns)
        points = face.landmarks
        if points is None or face.track_id is None or not np.isfinite(regions.upright(points)).all():
            return unknown
        now = _Seen(_window(frame.image, points), frame.time)
        before = self._seen.get(face.track_id)
        self._seen[face.track_id] = now
        if before is None or not 0 < now.time - before.time <= MAX_GAP:
            return unknown
        speeds = _speed(before.window, now.window) / (OCULAR * (now.time - before.time))
        return tuple(_mean(speeds, box) for box in (*_boxes(points), _ALL))

    def keep(self, tracks: frozenset[int]) -> None:
        self._seen = {track: seen for track, seen in self._seen.items() if track in tracks}


def _window(image: Image, points: Floats) -> Image:
    """The face upright in (SIDE, SIDE) gray, its eyes always in one place."""
    left, right = (points[list(eye)].mean(axis=0) for eye in (landmarks68.LEFT_EYE, landmarks68.RIGHT_EYE))
    middle, scale = (left + right) / 2, OCULAR / float(landmarks68.inter_ocular(points))
    angle = float(regions.slope(points))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    matrix = np.concatenate([turn, (np.array(_EYES_AT) - turn @ middle)[:, None]], axis=1)
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    return imageops.gray(imageops.sampled(image, back, SIDE, SIDE))


def _speed(before: Image, now: Image) -> Floats:
    """How far each pixel moved beside the head, (SIDE, SIDE) float32 in pixels.

    At 96 x 96, Farneback with two levels takes 1 ms and errs by under 0.01 px on a shifted picture; DIS is
    faster (0.05 to 0.6 ms) and errs by 0.01 to 0.1 px.
    """
    guess = np.zeros((SIDE, SIDE, 2), np.float32)
    flow = cv2.calcOpticalFlowFarneback(before, now, guess, 0.5, 2, 11, 2, 5, 1.1, 0)
    rest = _without_head(np.asarray(flow, np.float32))
    return np.asarray(np.linalg.norm(rest, axis=2), np.float32)


def _without_head(flow: Floats) -> Floats:
    """``flow`` less the shift, scaling and turn that fit it best.

    Fitted to every fourth pixel, twice: the second time without the half that least obeys the first, so that
    a moving mouth does not count as the head.
    """
    places, seen = _PLACES[::4, ::4].ravel(), _as_complex(flow[::4, ::4]).ravel()
    rest = np.abs(seen - _similarity(places, seen)(places))
    still = rest <= np.median(rest)
    left = _as_complex(flow) - _similarity(places[still], seen[still])(_PLACES)
    return left.view(np.float32).reshape(flow.shape)


def _as_complex(vectors: Floats) -> Complexes:
    """(..., 2) as x + iy (...): in the complex plane shift, scaling and turn are one line, a + bz."""
    return np.ascontiguousarray(vectors, np.float32).view(np.complex64)[..., 0]


_PLACES = _as_complex(np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=2).astype(np.float32))


def _similarity(places: Complexes, flow: Complexes) -> Callable[[Complexes], Complexes]:
    """The line a + bz through ``flow`` (N,) at ``places`` (N,), by least squares."""
    middle, shift = places.mean(), flow.mean()
    around = places - middle
    turn = np.vdot(around, flow) / np.vdot(around, around)
    return lambda where: shift + turn * (where - middle)


def _boxes(points: Floats) -> list[Box]:
    """The regions in the window."""
    inside = regions.upright(points) * OCULAR + np.array(_EYES_AT, np.float32)
    return [region.box for region in regions.regions(np.asarray(inside, np.float32))]


def _mean(speeds: npt.NDArray[np.float32], box: Box) -> float:
    part = regions.clip(box, SIDE, SIDE)
    inside = speeds[round(part.y1) : round(part.y2), round(part.x1) : round(part.x2)]
    return float(inside.mean()) if inside.size else float("nan")
