"""Limits that the options of several detectors share."""

from mien.errors import BadOption


def at_least(least: float, detector: str, **values: float) -> None:
    """Raise `BadOption` for the first option whose value is under ``least``."""
    for name, value in values.items():
        if not value >= least:  # NaN, too
            raise BadOption(f"{detector}: {name}={value} is too small. Give {least} or more.")


def shares(detector: str, **values: float) -> None:
    """Raise `BadOption` for the first option whose value does not lie in [0, 1]."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise BadOption(f"{detector}: {name}={value} is not a share. Give a number from 0 to 1.")


def within(least: int, most: int, detector: str, **values: int) -> None:
    """Raise `BadOption` for the first option whose value is not a whole number from ``least`` to ``most``."""
    for name, value in values.items():
        if not least <= value <= most:
            raise BadOption(f"{detector}: {name}={value} does not fit. Give a number from {least} to {most}.")
