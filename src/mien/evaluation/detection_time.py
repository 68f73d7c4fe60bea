"""Milliseconds of a frame, several detectors side by side: they take turns, to see the same load."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from mien.evaluation.benchmark import spread
from mien.evaluation.detection_candidates import Candidate, has_option, variant
from mien.evaluation.scene import made_scene
from mien.types import Image

LONG_SIDES = (320, 480, 640)
THREADS = (1, 2)
FRAME = (1280, 720)
"""Width and height, in pixels, of the drawn frame that is searched."""
ROUNDS = 40
WARM_UP = 5


def timings(
    candidates: Sequence[Candidate],
    *,
    image: Image | None = None,
    long_sides: Sequence[int] = LONG_SIDES,
    threads: Sequence[int] = THREADS,
    rounds: int = ROUNDS,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> dict[str, list[dict[str, Any]]]:
    """Per candidate one row per long side and number of threads: scaling, network and decoding of a frame.

    ``image`` is (H, W, 3) uint8 BGR; without one a face drawn on 1280 x 720. ``ms`` is the clock's time,
    ``cpu_ms`` the processor's (of all threads together; it says more where other work goes on). ``asked`` is
    the long side wanted; ``long_side`` is None for a detector that has no such option, and one without the
    option ``threads`` has rows for one thread only.
    """
    frame = made_scene(*FRAME)[0] if image is None else image
    cases = [
        (each, side, count)
        for side in long_sides
        for count in threads
        for each in candidates
        if count == 1 or has_option(each.written, "threads")
    ]
    spent = _in_turns([_build(*case) for case in cases], frame, rounds, progress)
    found: dict[str, list[dict[str, Any]]] = {each.name: [] for each in candidates}
    for (each, side, count), times in zip(cases, spent, strict=True):
        clock, processor = zip(*times, strict=True)
        found[each.name].append(
            {
                "asked": side,
                "long_side": side if has_option(each.written, "long_side") else None,
                "threads": count,
                "ms": spread(clock),
                "cpu_ms": spread(processor),
            }
        )
    return found


def _in_turns(
    built: Sequence[Callable[[Image], object]],
    frame: Image,
    rounds: int,
    progress: Callable[[int, int], None],
) -> list[list[tuple[float, float]]]:
    """Per detector the milliseconds of each round, by the clock and of the processor."""
    spent: list[list[tuple[float, float]]] = [[] for _ in built]
    for turn in range(WARM_UP + rounds):
        for times, detect in zip(spent, built, strict=True):
            began, cpu_began = time.perf_counter(), time.process_time()
            detect(frame)
            cpu, elapsed = time.process_time() - cpu_began, time.perf_counter() - began
            times.append((elapsed * 1000, cpu * 1000))
        progress(turn + 1, WARM_UP + rounds)
    return [times[WARM_UP:] for times in spent]


def _build(candidate: Candidate, side: int, threads: int) -> Callable[[Image], object]:
    """The detector at its own threshold, as in use: sorting thousands of weak boxes is no part of a frame."""
    wanted = {"long_side": side, "threads": threads}
    options = {key: value for key, value in wanted.items() if has_option(candidate.written, key)}
    return variant(candidate.written, **options).detect
