"""The frames of a source on their way to the analysis: timed, trimmed, decoded ahead."""

import contextlib
import queue
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Any, TypeVar

from mien.types import Frame

T = TypeVar("T")
TimedFrame = tuple[Frame, float]
"""A frame with the milliseconds that it took to come."""


def between(frames: Iterator[TimedFrame], start: float, end: float | None) -> Iterator[TimedFrame]:
    """The frames whose time (s) lies in [start, end)."""
    for frame, ms in frames:
        if end is not None and frame.time >= end:
            return
        if frame.time >= start:
            yield frame, ms


def timed(frames: Iterable[Frame]) -> Generator[TimedFrame, None, None]:
    """Each frame with the milliseconds that it took to come."""
    began = time.perf_counter()
    for frame in frames:
        yield frame, (time.perf_counter() - began) * 1000
        began = time.perf_counter()


def ahead(items: Iterator[T], depth: int) -> Generator[T, None, None]:
    """The same items, produced by a thread that runs at most ``depth`` of them ahead: nothing is lost.

    An exception of the producer is raised here, after the items before it. Leaving early stops the thread.
    """
    waiting: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(depth)
    left = threading.Event()
    end = object()

    def offer(item: Any, error: BaseException | None = None) -> bool:
        while not left.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put((item, error), timeout=0.1)
                return True
        return False

    def produce() -> None:
        try:
            for item in items:
                if not offer(item):
                    return
            offer(end)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that consumes
            offer(end, error)

    thread = threading.Thread(target=produce, name="mien-decode", daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is end:
                return
            yield item
    finally:
        left.set()
        thread.join()
