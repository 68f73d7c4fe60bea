"""Faces made by code, for tests without data: 68 points that stand where a neutral frontal face has them."""

import numpy as np

from mien.types import Floats

WIDTH = 100.0
"""The distance between the outer eye corners, in pixels."""


def made_face(*, mouth_open: float = 0.0, smile: float = 0.0, brows_up: float = 0.0) -> Floats:
    """(68, 2) float32, symmetric, the middle between the eyes at (200, 150).

    ``mouth_open`` is the gap between the lips, ``smile`` how far the corners rise, ``brows_up`` how far the
    brows do, all in pixels; the lower lip and the chin go down with the gap.
    """
    left = np.concatenate([_jaw(mouth_open), _brow(brows_up)])
    jaw, brow = left[:9], left[9:]
    outer = _lips(28, 8, 10, 0.6, mouth_open, smile)
    inner = _lips(24, 2, 2, 0.9, mouth_open, smile, inner=True)
    sides = [jaw, _flip(jaw[:8])[::-1], brow, _flip(brow)[::-1]]
    points = np.concatenate([*sides, _nose(), _eye(-36), _mirrored_eye(), outer, inner])
    return np.add(points, (200, 150), dtype=np.float32)


def turned(points: Floats, degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> Floats:
    """``points`` turned clockwise as seen on the picture about the origin, scaled, then moved."""
    angle = np.radians(degrees)
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ matrix.T + shift, np.float32)


def _flip(points: Floats) -> Floats:
    return points * (-1, 1)


def _jaw(mouth_open: float) -> Floats:
    """Points 0 to 8: a quarter of an ellipse, from the ear to the chin."""
    angles = np.linspace(0, np.pi / 2, 9)
    return np.stack([-80 * np.cos(angles), (125 + mouth_open) * np.sin(angles)], axis=1)


def _brow(brows_up: float) -> Floats:
    across = np.linspace(-66, -20, 5)
    return np.stack([across, -18 - brows_up - 8 * (1 - ((across + 43) / 23) ** 2)], axis=1)


def _nose() -> Floats:
    bridge = np.stack([np.zeros(4), np.linspace(0, 42, 4)], axis=1)
    base = np.stack([np.linspace(-14, 14, 5), [50, 52, 54, 52, 50]], axis=1)
    return np.concatenate([bridge, base])


def _eye(center: float) -> Floats:
    around = [(-14, 0), (-5, -4), (5, -4), (14, 0), (5, 4), (-5, 4)]
    return np.add(around, (center, 0), dtype=np.float64)


def _mirrored_eye() -> Floats:
    return _flip(_eye(-36))[[3, 2, 1, 0, 5, 4]]


def _lips(
    half: float, up: float, down: float, reach: float, gap: float, smile: float, *, inner: bool = False
) -> Floats:
    """From the left corner over the upper lip, the right corner, and back under the lower lip."""
    steps = np.linspace(-1, 1, 5 if inner else 7)[1:-1]
    arch = 1 - steps**2 * reach
    upper = np.stack([steps * half, 78 - up * arch], axis=1)
    lower = np.stack([-steps * half, 78 + gap + down * arch], axis=1)
    corners = np.array([[-half, 78 - smile], [half, 78 - smile]])
    return np.concatenate([corners[:1], upper, corners[1:], lower])
