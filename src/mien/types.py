"""The values that pass from stage to stage: frozen, slotted, with shapes and units stated.

Pixels are counted from the top left corner of the picture, x to the right and y down; a box covers
[x1, x2) x [y1, y2). Pictures are uint8 BGR arrays of shape (height, width, 3) unless said otherwise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""(H, W, 3) BGR, or (H, W) gray where a docstring says so; uint8."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle, in pixels; corners may lie outside the picture."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    @property
    def center(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def as_tuple(self) -> tuple[float, float, float, float]:
        return self.x1, self.y1, self.x2, self.y2


@dataclass(frozen=True)
class Expression:
    """Probabilities over ``labels`` for one face.

    ``probabilities`` is (len(labels),) float32 and sums to 1. ``unsure`` is true where the highest
    of them lies under the threshold that the model's card states.
    """

    labels: tuple[str, ...]
    probabilities: Floats
    unsure: bool = False

    @cached_property
    def label(self) -> str:
        """The most probable label."""
        return self.labels[int(np.argmax(self.probabilities))]

    @cached_property
    def confidence(self) -> float:
        """The probability of `label`, in [0, 1]."""
        return float(np.max(self.probabilities))

    def as_dict(self) -> dict[str, float]:
        """Label to probability, in the order of ``labels``."""
        return dict(zip(self.labels, map(float, self.probabilities), strict=True))


@dataclass(frozen=True, slots=True)
class Detection:
    """One face as a detector saw it.

    ``score`` is in [0, 1]. ``points`` is (5, 2) float32, x and y in pixels, of the eyes, the nose tip and
    the mouth corners, the one on the picture's left first in each pair; None where the detector has none.
    ``expression`` is set by detectors that read it in the same pass.
    """

    box: Box
    score: float
    points: Floats | None = None
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    ``index`` counts the frames of the source from 0; ``time`` is media time in seconds from its start
    (0.0 for a picture; for a live source, seconds since it was opened).
    """

    image: Image
    index: int = 0
    time: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source once it is open.

    ``kind`` is "pictures" (unrelated stills), "file" (a video: no frame is lost) or "live" (only the newest
    frame counts). ``path`` is set for files. ``rate`` is the nominal frames per second, ``duration`` in
    seconds, ``frame_count`` may be the container's estimate, ``start`` is where reading began, in seconds;
    None where unknown.
    """

    name: str
    kind: Literal["pictures", "file", "live"]
    path: Path | None = None
    width: int | None = None
    height: int | None = None
    rate: float | None = None
    duration: float | None = None
    frame_count: int | None = None
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head points, in degrees; all 0 for a face that looks straight into the camera.

    ``roll`` > 0: tilted clockwise as seen on the picture. ``yaw`` > 0: turned towards the picture's right.
    ``pitch`` > 0: looking up.
    """

    roll: float
    yaw: float
    pitch: float


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a frame, after every stage.

    ``landmarks`` is (68, 2) float32 in pixels, or None; ``track_id`` counts people from 1 within a
    stream and is None for single pictures. ``expression`` is None where it was not read: the face's quality
    lies under the limit that was set. ``quality`` is in [0, 1], or None; so is ``pose`` where it was not
    asked for or cannot be told. ``measures`` are the numbers that were asked for, by column name; NaN where
    one cannot be told.
    """

    box: Box
    score: float
    points: Floats | None = None
    landmarks: Floats | None = None
    track_id: int | None = None
    expression: Expression | None = None
    quality: float | None = None
    pose: Pose | None = None
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What was found in one frame.

    ``width`` and ``height`` are the picture's, in pixels. ``timings`` maps each stage to the
    milliseconds that it took. No face is a result: ``faces`` is then empty.
    """

    source: str
    index: int
    time: float
    width: int
    height: int
    faces: tuple[Face, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values, ready for JSON."""
        return {
            "source": self.source,
            "frame": self.index,
            "time": round(self.time, 6),
            "width": self.width,
            "height": self.height,
            "faces": [_face_as_dict(face) for face in self.faces],
            "timings": {stage: round(ms, 3) for stage, ms in self.timings.items()},
        }


def _face_as_dict(face: Face) -> dict[str, Any]:
    expression, pose = face.expression, face.pose
    return {
        "track_id": face.track_id,
        "box": [round(value, 2) for value in face.box.as_tuple()],
        "score": round(face.score, 4),
        "points": _plain_points(face.points),
        "landmarks": _plain_points(face.landmarks),
        "pose": pose and {name: round(getattr(pose, name), 2) for name in ("roll", "yaw", "pitch")},
        "quality": None if face.quality is None else round(face.quality, 4),
        "label": expression and expression.label,
        "confidence": expression and round(expression.confidence, 4),
        "unsure": expression and expression.unsure,
        "probabilities": expression
        and {label: round(value, 4) for label, value in expression.as_dict().items()},
        "measures": {name: plain_number(value) for name, value in face.measures.items()},
    }


def _plain_points(points: Floats | None) -> list[list[float]] | None:
    """Pixels to the hundredth; by way of doubles, since 12.34 as float32 would be written 12.34000015..."""
    return None if points is None else points.astype(np.float64).round(2).tolist()


def plain_number(value: float) -> float | None:
    """A measure as tables and JSON take it: six digits after the point, None for NaN (it cannot be told)."""
    return round(value, 6) if math.isfinite(value) else None
