"""What the values of a model's card must be; each complaint names the field, its value and what to give."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mien.errors import ModelError, UnknownName

COLOURS = {"gray": 1, "bgr": 3, "rgb": 3}
"""Colour order of a model's input, and its channels."""
EQUALIZE = ("", "histogram", "clahe")
"""How the light of a crop is evened out before its pixels are scaled; see `mien.prepare.equalized`."""
OUTPUTS = ("logits", "probabilities")
PARTS: Mapping[str, tuple[str, ...]] = {
    "expression": ("labels", "crop", "calibration", "output"),
    "detection": ("detection",),
    "landmarks": ("crop",),
}
"""By task, the fields that its cards alone carry, beside those that every card has."""
SOURCE = ("name", "part", "use", "rights")
"""What a card says of a part of a data set; see docs/cards.md."""
STRIDES = {"anchor_free": True, "anchors": True, "boxes_scores": False}
"""How a detector's output is laid out, and whether its card states strides; see `mien.detectors.onnx`."""
READS: Mapping[str, tuple[str, ...]] = {"anchors": ("labels", "calibration")}
"""Layouts of detectors that read expressions too: the fields of classifiers that their cards carry."""

Test = Callable[[Any], bool]


def check(values: Any, where: str) -> None:
    """Raise `ModelError` where ``values``, the card read from ``where``, lacks something or does not fit."""
    if not isinstance(values, Mapping):
        raise ModelError(f"The card '{where}' is no JSON object. Write it as {{...}}.")
    found = dict(_flat(values))
    _check_missing(found, where)
    for name, value in found.items():
        if name not in _RULES:
            raise ModelError(f"The card '{where}' cannot be used. {UnknownName('field', name, _RULES)}")
        fits, wanted = _RULES[name]
        if not fits(value):
            raise ModelError(f"The card '{where}' has {name} = {value!r}: give {wanted}.")
    _check_parts(values, where)
    _check_size(values["input"], values["task"], where)
    _check_channels(values["input"], where)
    _check_equalize(values, where)
    _check_strides(values, where)
    _check_anchors(values, where)


def _check_missing(found: Mapping[str, Any], where: str) -> None:
    required = set(_REQUIRED) | _REQUIRED_OF_TASK.get(str(found.get("task")), set())
    if found.get("detection.layout") in list(READS):
        required.add("labels")
    for name in [name for name in required if _mapping(found.get(name))]:
        required |= {f"{name}.{inner}" for inner in _REQUIRED_INSIDE.get(name, ())}
    missing = sorted(required - found.keys())
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        raise ModelError(f"The card '{where}' lacks {names}. docs/cards.md shows a whole card.")


def _check_parts(values: Mapping[str, Any], where: str) -> None:
    """Refuse what belongs to another task: it would be read by nobody."""
    layout = values.get("detection", {}).get("layout", "")
    surplus = sorted(foreign(values["task"], layout) & values.keys())
    if surplus:
        whose = f"'{values['task']}'" + (f" with layout = '{layout}'" if layout else "")
        raise ModelError(
            f"The card '{where}' has '{surplus[0]}', which means nothing to a model for {whose}: "
            "leave it out."
        )


def _check_size(spec: Mapping[str, Any], task: str, where: str) -> None:
    width, height = spec["width"], spec["height"]
    if (width == 0) != (height == 0) or (width == 0 and task != "detection"):
        wanted = "pixels over 0" + (", or 0 for both where it takes any size" if task == "detection" else "")
        raise ModelError(
            f"The card '{where}' has input.width = {width} and input.height = {height}: give {wanted}."
        )


def _check_strides(values: Mapping[str, Any], where: str) -> None:
    spec = values.get("detection")
    if spec is None:
        return
    layout, strides = spec["layout"], spec.get("strides", [])
    if STRIDES[layout] != bool(strides):
        advice = "give those of its outputs, as [8, 16, 32]" if STRIDES[layout] else "leave them out"
        raise ModelError(
            f"The card '{where}' has detection.strides = {strides} with layout = '{layout}': {advice}."
        )
    width, height, step = values["input"]["width"], values["input"]["height"], max(strides, default=1)
    if width % step or height % step:
        raise ModelError(
            f"The card '{where}' has an input of {width} x {height} pixels: "
            f"give multiples of the largest stride, {step}."
        )


def _check_anchors(values: Mapping[str, Any], where: str) -> None:
    spec = values.get("detection")
    if spec is None:
        return
    layout, strides, rows = spec["layout"], spec.get("strides", []), spec.get("anchors", [])
    wanted = len(strides) if layout == "anchors" else 0
    if len(rows) != wanted:
        advice = f"give {wanted} rows, one for each of strides = {strides}" if wanted else "leave them out"
        raise ModelError(
            f"The card '{where}' has detection.anchors = {rows} with layout = '{layout}': {advice}."
        )


def foreign(task: str, layout: str = "") -> set[str]:
    """The fields that only other cards carry than those for ``task``, with the detector's ``layout``."""
    own = {*PARTS[task], *READS.get(layout, ())}
    return {name for parts in PARTS.values() for name in parts} - own


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


def _check_equalize(values: Mapping[str, Any], where: str) -> None:
    how = values["input"].get("equalize", "")
    if how and values["task"] == "detection":
        raise ModelError(
            f"The card '{where}' has input.equalize = '{how}', but detectors take pictures as they are: "
            "leave it out."
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


def _size(value: Any) -> bool:
    return _count(value) or (value == 0 and type(value) is int)


def _strides(value: Any) -> bool:
    return isinstance(value, list) and all(map(_count, value)) and sorted(set(value)) == value


def _anchors(value: Any) -> bool:
    """Rows of one length, of pairs."""
    pair = _list_of(_positive)
    rows = _list_of(lambda row: _list_of(lambda each: pair(each) and len(each) == 2)(row) and row != [])
    return rows(value) and len(set(map(len, value))) <= 1


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _source(value: Any) -> bool:
    return _mapping(value) and all(isinstance(value.get(name, ""), str) for name in SOURCE)


def _list_of(fits: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _one_of(*valid: str) -> Test:
    return lambda value: isinstance(value, str) and value in valid


_RULES: dict[str, tuple[Test, str]] = {
    "name": (_name, "the model's name"),
    "task": (_one_of(*PARTS), " or ".join(PARTS)),
    "runner": (_name, "the plug-in that runs it, as onnx"),
    "labels": (_names, "two or more different labels, in the order of the output"),
    "input": (_mapping, "an object with width, height, colour, mean and std"),
    "input.width": (_size, "pixels, a whole number over 0"),
    "input.height": (_size, "pixels, a whole number over 0"),
    "input.colour": (_one_of(*COLOURS), " or ".join(COLOURS)),
    "input.mean": (_list_of(_number), "a list with one number per channel"),
    "input.std": (_list_of(_positive), "a list with one number over 0 per channel"),
    "input.equalize": (_one_of(*EQUALIZE), " or ".join(map(repr, EQUALIZE))),
    "crop": (_mapping, "an object with scale and shift_y"),
    "crop.scale": (_positive, "a number over 0"),
    "crop.shift_y": (_number, "a number"),
    "calibration": (_mapping, "an object with temperature and unsure_below"),
    "calibration.temperature": (_positive, "a number over 0"),
    "calibration.unsure_below": (_share, "a number from 0 to 1"),
    "detection": (_mapping, "an object with layout, strides, thresholds and the boxes' shape"),
    "detection.layout": (_one_of(*STRIDES), " or ".join(STRIDES)),
    "detection.strides": (_strides, "a list of whole numbers over 0, each larger than the one before"),
    "detection.anchors": (_anchors, "one row per stride, all of as many pairs [width, height] over 0"),
    "detection.score_threshold": (_share, "a number from 0 to 1"),
    "detection.nms_threshold": (_share, "a number from 0 to 1"),
    "detection.long_side": (_count, "pixels, a whole number over 0"),
    "detection.box_width": (_positive, "a number over 0"),
    "detection.box_height": (_positive, "a number over 0"),
    "detection.box_shift_y": (_number, "a number"),
    "output": (_one_of(*OUTPUTS), " or ".join(OUTPUTS)),
    "description": (_text, "a text"),
    "parameters": (lambda value: value is None or _count(value), "a whole number over 0, or null"),
    "rights": (_text, "a text"),
    "data": (_list_of(_source), "a list of objects, one per part of a data set, with texts"),
    "figures": (_mapping, "an object"),
    "sha256": (_text, "the model file's SHA-256 in hexadecimal"),
}
_REQUIRED = ("name", "task", "runner", "input")
_REQUIRED_OF_TASK = {"expression": {"labels"}, "detection": {"detection"}}
_REQUIRED_INSIDE = {"input": ("width", "height", "colour", "mean", "std"), "detection": ("layout",)}
_INNER = ("input", "crop", "calibration", "detection")
