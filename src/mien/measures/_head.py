"""A generic head in three dimensions, and how it is turned so that its points fall on those of a picture.

Coordinates are in units of the distance between the eye centres, from the middle between the eyes: x to the
picture's right, y down, z out of the picture towards the viewer. Turned by (0, 0, 0) the head is the mean of
faces that look into the camera, so that such faces have pitch 0.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

# iBUG index: x, y, z, weight. Only what stands on bone and cartilage, and, lightly, the mouth corners: brows,
# lips and chin move with the expression, and the outline is another line of the head at every yaw.
RIGID = {
    27: (0.00, 0.01, 0.31, 0.5),
    28: (0.00, 0.22, 0.46, 0.6),
    29: (0.00, 0.41, 0.60, 1.0),
    30: (0.00, 0.57, 0.65, 1.0),
    31: (-0.19, 0.70, 0.26, 0.5),
    32: (-0.10, 0.72, 0.34, 0.5),
    33: (0.00, 0.75, 0.37, 0.5),
    34: (0.10, 0.72, 0.34, 0.5),
    35: (0.19, 0.70, 0.26, 0.5),
    36: (-0.69, -0.01, -0.10, 0.3),
    39: (-0.31, 0.01, 0.00, 0.4),
    42: (0.31, 0.01, 0.00, 0.4),
    45: (0.69, -0.01, -0.10, 0.3),
    48: (-0.40, 1.08, -0.01, 0.2),
    54: (0.40, 1.08, -0.01, 0.2),
}
FIVE = (
    (-0.50, 0.00, 0.01, 0.5),
    (0.50, 0.00, 0.01, 0.5),
    (0.00, 0.57, 0.65, 1.0),
    (-0.40, 1.08, -0.01, 0.3),
    (0.40, 1.08, -0.01, 0.3),
)
"""Eye, eye, nose tip, mouth corner, mouth corner."""


@dataclass(frozen=True, slots=True)
class Head:
    """Points of the generic head, ready to be fitted: their ``shape`` (N, 3), weights, and the least-squares
    ``solver`` (3, N) that turns points of a picture into an affine camera."""

    shape: Doubles
    weights: Doubles
    solver: Doubles

    @classmethod
    def of(cls, rows: Doubles) -> "Head":
        """``rows`` (N, 4): x, y, z and weight."""
        weights = rows[:, 3] / rows[:, 3].sum()
        centered = rows[:, :3] - weights @ rows[:, :3]
        weighted = (centered * weights[:, None]).T
        return cls(rows[:, :3], weights, np.linalg.solve(weighted @ centered, weighted))

    def fit(self, points: Doubles) -> tuple[float, float, float] | None:
        """Roll, yaw and pitch in radians under which the head's points fall on ``points`` (N, 2).

        Scaled orthography (a head seen from some way off): the affine camera that fits best in the weighted
        least-squares sense, as in POS (DeMenthon and Davis, 1995), and of it the nearest turned and scaled
        one. Going on from there to the least distance of the points (Gauss-Newton) gained a hundredth of the
        error on noisy points, so it ends there. None for points in one place, or not finite.
        """
        camera = (self.solver @ (points - self.weights @ points)).T
        if not np.isfinite(camera).all() or np.abs(camera).max() < 1e-9:
            return None
        left, _, right = np.linalg.svd(camera, full_matrices=False)
        return _angles(left @ right)


def rotation(roll: float, yaw: float, pitch: float) -> Doubles:
    """(3, 3): the head's directions (x right, y down, z to the viewer) turned by angles in radians.

    Pitch turns first, then yaw, then roll: yaw and pitch are then the bearing and the height of where the
    nose points, and roll is the slope of the line through the eyes.
    """
    cos, sin = math.cos, math.sin
    by_roll = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    by_yaw = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    by_pitch = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    turned: Doubles = by_roll @ by_yaw @ by_pitch
    return turned


def _angles(rows: Doubles) -> tuple[float, float, float]:
    """Roll, yaw and pitch of the `rotation` whose first two rows are ``rows`` (2, 3).

    Written out, its first column is (cos yaw cos roll, cos yaw sin roll, ...) and its last row (-sin yaw,
    cos yaw sin pitch, cos yaw cos pitch).
    """
    sine, high, deep = np.cross(rows[0], rows[1]).tolist()
    yaw = -math.asin(max(-1.0, min(1.0, sine)))
    return math.atan2(rows[1, 0], rows[0, 0]), yaw, math.atan2(high, deep)


HEAD_68 = Head.of(np.array(list(RIGID.values())))
HEAD_5 = Head.of(np.array(FIVE))
