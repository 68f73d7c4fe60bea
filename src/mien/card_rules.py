"""What the values of a model's card must be; each complaint names the field, its value and what to give."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mien.errors import ModelError, UnknownName

COLOURS = {"gray": 1, "bgr": 3, "rgb": 3}
"""Colour order of a model's input, and its channels."""
OUTPUTS = ("logits", "probabilities")

Test = Callable[[Any], bool]


def check(values: Any, where: str) -> None:
    """Raise `ModelError` where ``values``, the card read from ``where``, lacks something or does not fit."""
    if not isinstance(values, Mapping):
        raise ModelError(f"The card '{where}' is no JSON object. Write it as {{...}}.")
    found = dict(_flat(values))
    required = _REQUIRED + (_REQUIRED_OF_INPUT if _mapping(values.get("input")) else ())
    missing = sorted(name for name in required if name not in found)
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        raise ModelError(f"The card '{where}' lacks {names}. docs/cards.md shows a whole card.")
    for name, value in found.items():
        if name not in _RULES:
            raise ModelError(f"The card '{where}' cannot be used. {UnknownName('field', name, _RULES)}")
        fits, wanted = _RULES[name]
        if not fits(value):
            raise ModelError(f"The card '{where}' has {name} = {value!r}: give {wanted}.")
    _check_channels(values["input"], where)


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Fields by name; those of the inner objects as ``input.width``."""
    for name, value in values.items():
        yield name, value
        if name in _INNER and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", inner_value) for inner, inner_value in value.items())


def _check_channels(spec: Mapping[str, Any], where: str) -> None:
    channels = COLOURS[spec["colour"]]
    if not len(spec["mean"]) == len(spec["std"]) == channels:
        raise ModelError(
            f"The card '{where}' gives {len(spec['mean'])} means and {len(spec['std'])} deviations "
            f"for {channels} channels ({spec['colour']}). Give one of each per channel."
        )


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_name, value)) and len(set(value)) == len(value) >= 2


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _list_of(fits: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _one_of(*valid: str) -> Test:
    return lambda value: isinstance(value, str) and value in valid


_RULES: dict[str, tuple[Test, str]] = {
    "name": (_name, "the model's name"),
    "task": (_name, "what the model does, as expression"),
    "runner": (_name, "the plug-in that runs it, as onnx"),
    "labels": (_names, "two or more different labels, in the order of the output"),
    "input": (_mapping, "an object with width, height, colour, mean and std"),
    "input.width": (_count, "pixels, a whole number over 0"),
    "input.height": (_count, "pixels, a whole number over 0"),
    "input.colour": (_one_of(*COLOURS), " or ".join(COLOURS)),
    "input.mean": (_list_of(_number), "a list with one number per channel"),
    "input.std": (_list_of(_positive), "a list with one number over 0 per channel"),
    "crop": (_mapping, "an object with scale and shift_y"),
    "crop.scale": (_positive, "a number over 0"),
    "crop.shift_y": (_number, "a number"),
    "calibration": (_mapping, "an object with temperature and unsure_below"),
    "calibration.temperature": (_positive, "a number over 0"),
    "calibration.unsure_below": (_share, "a number from 0 to 1"),
    "output": (_one_of(*OUTPUTS), " or ".join(OUTPUTS)),
    "description": (_text, "a text"),
    "parameters": (lambda value: value is None or _count(value), "a whole number over 0, or null"),
    "rights": (_text, "a text"),
    "data": (_list_of(_mapping), "a list of objects, one per data set"),
    "figures": (_mapping, "an object"),
    "sha256": (_text, "the model file's SHA-256 in hexadecimal"),
}
_REQUIRED = ("name", "task", "runner", "labels", "input")
_REQUIRED_OF_INPUT = ("input.width", "input.height", "input.colour", "input.mean", "input.std")
_INNER = ("input", "crop", "calibration")
