"""Expression label sets and the maps between them: the only place that states an order."""

from collections.abc import Sequence

FER7: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven expressions, in FER2013's published order (codes 0 to 6)."""

FERPLUS8: tuple[str, ...] = (
    "neutral",
    "happy",
    "surprise",
    "sad",
    "angry",
    "disgust",
    "fear",
    "contempt",
)
"""The eight expressions in the order of FER+'s vote columns (Barsoum et al., 2016)."""

SETS: dict[str, tuple[str, ...]] = {"fer7": FER7, "ferplus8": FERPLUS8}


def index_map(source: Sequence[str], target: Sequence[str]) -> tuple[int | None, ...]:
    """For each label of ``source``, its index in ``target``, or None where ``target`` lacks it."""
    positions = {label: index for index, label in enumerate(target)}
    return tuple(positions.get(label) for label in source)
