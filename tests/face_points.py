"""A drawn face with its 68 points, a set of such faces in its published form, and a model that knows one."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from mien.landmarks68 import LEFT_EYE, MOUTH, RIGHT_EYE
from mien.types import Box, Floats, Image

PORTRAIT = Box(175, 60, 285, 205)
"""The face of the portrait that all tests share."""


def template() -> Floats:
    """68 points of an upright, symmetric face, (68, 2), in shares of its box."""
    turns = np.linspace(np.pi, 0, 17)
    jaw = np.stack((0.5 + 0.47 * np.cos(turns), 0.4 + 0.6 * np.sin(turns)), axis=1)
    brow = np.array([(0.1, 0.3), (0.17, 0.26), (0.25, 0.25), (0.33, 0.26), (0.4, 0.28)])
    bridge = [(0.5, y) for y in (0.38, 0.46, 0.53, 0.6)]
    nostrils = [
        (x, y) for x, y in zip((0.4, 0.45, 0.5, 0.55, 0.6), (0.65, 0.66, 0.67, 0.66, 0.65), strict=True)
    ]
    eye = np.array([(0.15, 0.4), (0.22, 0.37), (0.3, 0.37), (0.37, 0.4), (0.3, 0.42), (0.22, 0.42)])
    outer = [(0.33, 0.78), (0.4, 0.75), (0.46, 0.74), (0.5, 0.75), (0.54, 0.74), (0.6, 0.75), (0.67, 0.78)]
    outer += [(0.6, 0.82), (0.54, 0.84), (0.5, 0.845), (0.46, 0.84), (0.4, 0.82)]
    inner = [(0.36, 0.78), (0.46, 0.77), (0.5, 0.775), (0.54, 0.77), (0.64, 0.78)]
    inner += [(0.54, 0.8), (0.5, 0.805), (0.46, 0.8)]
    right_brow = (1 - brow * (1, 0) - (0, 1) + brow * (0, 1))[::-1]
    right_eye = np.array([(1 - x, y) for x, y in eye])[[3, 2, 1, 0, 5, 4]]
    parts = (jaw, brow, right_brow, bridge, nostrils, eye, right_eye, outer, inner)
    return np.concatenate([np.asarray(part, np.float32) for part in parts]).astype(np.float32)


def place(points: Floats, box: Box) -> Floats:
    """Shares of ``box`` to pixels."""
    return (points * (box.width, box.height) + (box.x1, box.y1)).astype(np.float32)


def draw(points: Floats, width: int = 120, height: int = 120) -> Image:
    """A BGR picture of a face with ``points`` (68, 2) pixels: enough for a network to learn from."""
    picture = np.full((height, width, 3), 60, np.uint8)
    corners = np.round(points).astype(np.int32)
    cv2.fillConvexPoly(picture, cv2.convexHull(corners), (150, 170, 200))
    for part, colour in ((LEFT_EYE, (30, 30, 30)), (RIGHT_EYE, (30, 30, 30)), (MOUTH[:12], (60, 60, 170))):
        cv2.fillPoly(picture, [corners[list(part)]], colour)
    cv2.polylines(
        picture, [corners[17:22], corners[22:27], corners[27:31], corners[31:36]], False, (40, 60, 90), 2
    )
    return picture


def write_set(folder: Path, train: int = 24, val: int = 8) -> Path:
    """``landmarks68`` in its published form in ``folder``; two pictures per person, each in one part."""
    where, random = folder / "landmarks68", np.random.default_rng(3)
    (where / "images").mkdir(parents=True)
    names, people, splits, points = [], [], [], []
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            size = random.uniform(50, 70)
            left, top = random.uniform(15, 100 - size, 2)
            points.append(place(template(), Box(left, top, left + size, top + 1.1 * size)))
            names.append(f"{split}_{number}.png")
            people.append(f"{split}_{number // 2}")
            splits.append(split)
            cv2.imwrite(str(where / "images" / names[-1]), draw(points[-1]))
    np.savez(
        where / "landmarks68.npz",
        name=np.array(names), person=np.array(people), split=np.array(splits),
        points=np.stack(points),
    )  # fmt: skip
    return where


def write_model(
    path: Path,
    *,
    points: Floats | None = None,
    shape: tuple[object, ...] = ("batch", 1, 16, 16),
    flat: bool = True,
    count: int = 68,
    **card: Any,
) -> Path:
    """An .onnx file that answers ``points`` (shares of the crop; the template if not given), and its card.

    A thousandth of the picture's mean normalised pixel is added, so that the answer depends on the picture.
    """
    known = template() * 0.8 + 0.1 if points is None else points
    known = np.resize(known, (count, 2)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["pictures"], ["pixels"]),
        helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"]),
        helper.make_node("Mul", ["mean", "little"], ["small"]),
        helper.make_node("Add", ["small", "known"], ["sum"]),
        helper.make_node("Reshape", ["sum", "form"], ["points"]),
    ]
    form = [-1, count * 2] if flat else [-1, count, 2]
    constants = {
        "axes": np.array([1], np.int64),
        "little": np.array([0.001], np.float32),
        "known": known.reshape(1, -1),
        "form": np.array(form, np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "points",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("points", TensorProto.FLOAT, [shape[0], *form[1:]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    plain = {
        "name": path.stem,
        "task": "landmarks",
        "runner": "onnx",
        "input": {"width": 16, "height": 16, "colour": "gray", "mean": [128.0], "std": [64.0]},
        "crop": {"scale": 1.25, "shift_y": 0.0},
    }
    path.with_suffix(".json").write_text(json.dumps(plain | card), "utf-8")
    return path
