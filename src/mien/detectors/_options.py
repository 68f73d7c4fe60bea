"""Limits that the options of several detectors share."""

from mien.errors import BadOption

MOST = 1_000_000_000
"""No count or length in pixels is larger; OpenCV and ONNX Runtime keep them in 32 bits."""


def at_least(least: float, detector: str, **values: float) -> None:
    """Raise `BadOption` for the first option whose value does not lie in [``least``, `MOST`]."""
    within(least, MOST, detector, **values)


def shares(detector: str, **values: float) -> None:
    """Raise `BadOption` for the first option whose value does not lie in [0, 1]."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise BadOption(f"{detector}: {name}={value} is not a share. Give a number from 0 to 1.")


def within(least: float, most: float, detector: str, **values: float) -> None:
    """Raise `BadOption` for the first option whose value does not lie in [``least``, ``most``]."""
    for name, value in values.items():
        if not least <= value <= most:  # NaN, too
            raise BadOption(f"{detector}: {name}={value} does not fit. Give a number from {least} to {most}.")
