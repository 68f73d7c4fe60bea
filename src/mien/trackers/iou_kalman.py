"""Tracking by overlap with where each face should be by now (after SORT: Bewley et al., ICIP 2016).

A constant-velocity Kalman filter predicts each track's box; detections go to the track that they overlap
most. Faces that moved too far for any overlap (fast motion, few frames a second) get a second chance by
distance.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from mien import geometry
from mien.errors import BadOption
from mien.trackers.base import Tracker
from mien.types import Box, Detection, Floats

_REACH = 0.75
"""Second chance: a face may have moved by this share of its size more than predicted ..."""
_SIZE_RATIO = 1.6
"""... if its size changed by less than this factor."""
_MEASUREMENT = 0.05
"""Standard deviation of a detector's box, as a share of the face's size."""
_ACCELERATION = 6.0
"""Standard deviation of the acceleration, in face sizes per second squared: half of it loses faces when the
camera starts to pan; twice as much lets jitter carry a hidden face away."""


class IouKalman(Tracker):
    """Stable numbers through motion and short gaps.

    ``iou_threshold``: overlap with the prediction (0 to 1) that makes a match. ``max_gap``: seconds for which
    a face that is not seen keeps its number: frames further apart (a slow camera, ``every=30``) make
    everybody a new person in each. Where time jumps back by more than that, all begin anew.
    """

    def __init__(self, iou_threshold: float = 0.3, max_gap: float = 1.0) -> None:
        if not 0 < iou_threshold <= 1 or not max_gap >= 0:
            raise BadOption(
                f"iou_threshold={iou_threshold}, max_gap={max_gap}: "
                "give an overlap in (0, 1] and seconds of 0 or more."
            )
        self._iou_threshold, self._max_gap = iou_threshold, max_gap
        self._tracks: dict[int, _Track] = {}
        self._count = 0

    @property
    def alive(self) -> AbstractSet[int]:
        return self._tracks.keys()

    def update(self, detections: Sequence[Detection], time: float) -> list[int]:
        self._tracks = {
            number: track for number, track in self._tracks.items() if abs(time - track.seen) <= self._max_gap
        }
        for track in self._tracks.values():
            track.predict(time)
        matches = self._match(detections)
        numbers = []
        for index, detection in enumerate(detections):
            number = matches.get(index)
            if number is None:
                self._count = number = self._count + 1
                self._tracks[number] = _Track(detection.box, time)
            else:
                self._tracks[number].correct(detection.box, time)
            numbers.append(number)
        return numbers

    def _match(self, detections: Sequence[Detection]) -> dict[int, int]:
        """Detection index to track number, the best pairs first."""
        numbers = list(self._tracks)
        predicted = np.array([self._tracks[number].box for number in numbers], np.float32).reshape(-1, 4)
        boxes = geometry.as_array([detection.box for detection in detections])
        overlap = geometry.iou(boxes, predicted)
        # Overlapping pairs score above 1, so that they are taken before any second chance.
        score = np.where(overlap >= self._iou_threshold, 1 + overlap, _nearness(boxes, predicted))
        matches: dict[int, int] = {}
        taken: set[int] = set()
        # Sorted once: to look for the best of all pairs again and again took 0.2 s a frame for 1,000 faces.
        rows, columns = np.nonzero(score > 0)
        best_first = np.argsort(-score[rows, columns], kind="stable")
        for detection, track in zip(rows[best_first].tolist(), columns[best_first].tolist(), strict=True):
            if detection not in matches and track not in taken:
                matches[detection] = numbers[track]
                taken.add(track)
        return matches


class _Track:
    """The Kalman filter of one face: centre and size, each with its velocity, all independent.

    State (4, 2): value and velocity of center x, center y, width, height; covariance (4, 2, 2). The noise
    scales with the face, because the error of a detector's box does.
    """

    def __init__(self, box: Box, time: float) -> None:
        self.seen = self._now = time
        value = _measured(box)
        self._state = np.stack((value, np.zeros(4)), axis=1)
        size = self._size()
        self._covariance = np.tile(np.diag([(_MEASUREMENT * size) ** 2, size**2]), (4, 1, 1))

    @property
    def box(self) -> tuple[float, float, float, float]:
        x, y, width, height = self._state[:, 0]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    def predict(self, time: float) -> None:
        step = max(time - self._now, 0.0)
        self._now = time
        move = np.array([[1.0, step], [0.0, 1.0]])
        gain = np.array([step**2 / 2, step])
        noise = np.outer(gain, gain) * (_ACCELERATION * self._size()) ** 2
        self._state = self._state @ move.T
        self._state[2:, 0] = np.maximum(self._state[2:, 0], 1.0)
        self._covariance = move @ self._covariance @ move.T + noise

    def correct(self, box: Box, time: float) -> None:
        self.seen = time
        variance = (_MEASUREMENT * self._size()) ** 2
        gain = self._covariance[:, :, 0] / (self._covariance[:, 0, 0] + variance)[:, None]  # (4, 2)
        error = _measured(box) - self._state[:, 0]
        self._state = self._state + gain * error[:, None]
        self._covariance = self._covariance - gain[:, :, None] * self._covariance[:, None, 0, :]

    def _size(self) -> float:
        return float(max(self._state[2:, 0].max(), 1.0))


def _measured(box: Box) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([*box.center, box.width, box.height])


def _nearness(boxes: Floats, predicted: Floats) -> Floats:
    """(N, M) in [0, 1): positive where a face is near enough and about as large, higher when nearer."""
    centers, places = _centers(boxes), _centers(predicted)
    sizes, expected = _sizes(boxes)[:, None], _sizes(predicted)[None, :]
    distance = np.linalg.norm(centers[:, None] - places[None, :], axis=2) / np.maximum(sizes, expected)
    ratio = np.maximum(sizes, expected) / np.minimum(sizes, expected)
    near = np.clip(1 - distance / _REACH, 0, None)
    return np.asarray(np.where(ratio <= _SIZE_RATIO, near, 0.0), np.float32)


def _centers(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


def _sizes(boxes: Floats) -> Floats:
    return np.asarray(np.maximum((boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0), 1e-6), np.float32)
