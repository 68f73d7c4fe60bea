"""Milliseconds of a frame with 1, 5 and 15 faces: one stage and two stages, taking turns."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mien.evaluation.benchmark import spread
from mien.evaluation.expressions_readers import Reader
from mien.evaluation.scene import made_scene
from mien.types import Box, Image

FACES = (1, 5, 15)
WIDTH, HEIGHT, COLUMNS, ROWS = 1280, 720, 5, 3
"""The frame, in pixels, and the places in it."""
WARM_UP = 3
Progress = Callable[[int, int], None]


def timings(readers: Sequence[Reader], rounds: int, progress: Progress) -> list[list[dict[str, Any]]]:
    """Per reader a row for each of `FACES`: ``ms`` by the clock, ``cpu_ms`` of the processor.

    Detectors run at their own threshold, as in use; of two stages the second reads exactly so many faces,
    whatever the first makes of the drawing.
    """
    scenes = [crowd(count) for count in FACES]
    spent = np.zeros((rounds, len(readers), len(FACES), 2))
    for turn in range(-WARM_UP, rounds):
        for place, reader in enumerate(readers):
            for column, (image, boxes) in enumerate(scenes):
                began, cpu_began = time.perf_counter(), time.process_time()
                reader.frame(image, boxes)
                cpu, clock = time.process_time() - cpu_began, time.perf_counter() - began
                spent[max(turn, 0), place, column] = clock * 1000, cpu * 1000
        progress(turn + WARM_UP + 1, rounds + WARM_UP)
    return [
        [
            {
                "faces": count,
                "ms": spread(spent[:, at, column, 0].tolist()),
                "cpu_ms": spread(spent[:, at, column, 1].tolist()),
            }
            for column, count in enumerate(FACES)
        ]
        for at in range(len(readers))
    ]


def crowd(count: int) -> tuple[Image, list[Box]]:
    """A (720, 1280, 3) frame with ``count`` drawn faces, at most 15, and their boxes."""
    width, height = WIDTH // COLUMNS, HEIGHT // ROWS
    face, box = made_scene(width, height)
    image = np.full((HEIGHT, WIDTH, 3), face[0, 0], np.uint8)
    boxes = []
    for place in range(count):
        y, x = (place // COLUMNS) * height, (place % COLUMNS) * width
        image[y : y + height, x : x + width] = face
        boxes.append(Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y))
    return image, boxes
