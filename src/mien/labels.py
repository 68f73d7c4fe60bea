"""Expression label sets, the codes of published data sets, and the maps between them.

The only place that states an order. Codes map to this package's words whatever the set itself calls them
("anger", "angry" and "AN" are all ``angry``).
"""

from collections.abc import Mapping, Sequence

FER7: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven expressions, in FER2013's published order (codes 0 to 6)."""

FER8: tuple[str, ...] = (*FER7, "contempt")
"""The seven and contempt, for sets that have it."""

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

AFFECTNET8: tuple[str, ...] = (
    "neutral",
    "happy",
    "sad",
    "surprise",
    "fear",
    "disgust",
    "angry",
    "contempt",
)
"""The eight expressions in AffectNet's published order (codes 0 to 7; Mollahosseini et al., 2017)."""

COMPOUND11: tuple[str, ...] = (
    "happily surprised",
    "happily disgusted",
    "sadly fearful",
    "sadly angry",
    "sadly surprised",
    "sadly disgusted",
    "fearfully angry",
    "fearfully surprised",
    "angrily surprised",
    "angrily disgusted",
    "disgustedly surprised",
)
"""RAF-DB's compound expressions, in its published order (codes 1 to 11; Li et al., 2017)."""

SETS: dict[str, tuple[str, ...]] = {
    "fer7": FER7,
    "fer8": FER8,
    "ferplus8": FERPLUS8,
    "affectnet8": AFFECTNET8,
}
"""The sets that recipes and cards may name."""

FER2013_CODES: Mapping[str, str] = {str(code): label for code, label in enumerate(FER7)}
EXPW_CODES: Mapping[str, str] = FER2013_CODES
"""ExpW (Zhang et al., 2017) counts as FER2013 does."""
CKPLUS_CODES: Mapping[int, str] = {
    0: "neutral",
    1: "angry",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happy",
    6: "sad",
    7: "surprise",
}
"""The emotion files of CK+ (Lucey et al., 2010)."""
MMI_CODES: Mapping[int, str] = {
    1: "angry",
    2: "disgust",
    3: "fear",
    4: "happy",
    5: "sad",
    6: "surprise",
}
"""The tag ``Emotion`` of MMI's sessions; higher numbers are other displays (a scream, boredom ...)."""
RAFDB_CODES: Mapping[int, str] = {
    1: "surprise",
    2: "fear",
    3: "disgust",
    4: "happy",
    5: "sad",
    6: "angry",
    7: "neutral",
}
COMPOUND_CODES: Mapping[int, str] = dict(enumerate(COMPOUND11, start=1))
AFFECTNET_CODES: Mapping[int, str | None] = {
    **dict(enumerate(AFFECTNET8)),
    8: None,
    9: None,
    10: None,
}
"""8 "none", 9 "uncertain" and 10 "no face" are no expression."""
JAFFE_CODES: Mapping[str, str] = {
    "AN": "angry",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happy",
    "NE": "neutral",
    "SA": "sad",
    "SU": "surprise",
}
KDEF_CODES: Mapping[str, str] = {
    "AF": "fear",
    "AN": "angry",
    "DI": "disgust",
    "HA": "happy",
    "NE": "neutral",
    "SA": "sad",
    "SU": "surprise",
}
"""KDEF and AKDEF (Lundqvist et al., 1998)."""
WORDS: Mapping[str, str] = {
    **{label: label for label in FER8},
    "anger": "angry",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "contemptuous": "contempt",
}
"""What data sets call the expressions in folder and file names (lower case), among them RaFD's words."""
AGE_RANGES: tuple[str, ...] = ("0-3", "4-19", "20-39", "40-69", "70+")
GENDERS: tuple[str, ...] = ("male", "female", "unsure")
RACES: tuple[str, ...] = ("Caucasian", "African-American", "Asian")
"""RAF-DB's attributes, in the order of their codes (from 0)."""


def index_map(source: Sequence[str], target: Sequence[str]) -> tuple[int | None, ...]:
    """For each label of ``source``, its index in ``target``, or None where ``target`` lacks it."""
    positions = {label: index for index, label in enumerate(target)}
    return tuple(positions.get(label) for label in source)
