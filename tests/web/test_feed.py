import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from web_fakes import RED, picture

from mien import Analyzer
from mien.errors import PartialSource
from mien.sources.base import Source, Target
from mien.testing import FakeClassifier, FakeDetector, ScriptedSource
from mien.types import Frame, FrameResult, SourceInfo
from mien.web import feed
from mien.web.feed import Feed
from mien.web.looking import Answer, Look


class Camera(Source):
    """A live source that yields a picture for each permit, until it is closed."""

    kind: ClassVar[Literal["live"]] = "live"

    def __init__(self, error: Exception | None = None) -> None:
        self.permits = threading.Semaphore(0)
        self.closed = threading.Event()
        self.error = error

    @classmethod
    def accepts(cls, target: Target) -> bool:
        return False

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("camera", "live")

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        while self.permits.acquire() and not self.closed.is_set():
            yield Frame(picture((20, 30, RED)), index, index / 10)
            index += 1
            if self.error is not None:
                raise self.error

    def close(self) -> None:
        self.closed.set()
        self.permits.release()


class Analysis:
    """Counts the frames that it saw, and lets others wait for a number of them."""

    def __init__(self) -> None:
        self.seen = threading.Semaphore(0)

    def __call__(self, frame: Frame, _decode_ms: float) -> Answer:
        height, width = frame.image.shape[:2]
        self.seen.release()
        return Answer(frame, FrameResult("", frame.index, frame.time, width, height), None, b"")

    def wait_for(self, frames: int) -> None:
        for _ in range(frames):
            assert self.seen.acquire(timeout=10)


def opened(monkeypatch: pytest.MonkeyPatch, source: Source) -> None:
    monkeypatch.setattr(feed, "open_source", lambda _target: source)


def test_of_a_live_source_the_newest_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, analysis = Camera(), Analysis()
    opened(monkeypatch, camera)

    async def watch() -> None:
        shown = Feed(0, "camera", analysis)
        answers = shown.shown()
        camera.permits.release()
        assert (await anext(answers)).answer.result.index == 0
        camera.permits.release(5)
        await asyncio.to_thread(analysis.wait_for, 6)
        camera.permits.release()
        await asyncio.to_thread(analysis.wait_for, 1)  # by now the one before has been put down
        newest = await anext(answers)
        assert newest.answer.result.index >= 5
        assert newest.dropped == newest.answer.result.index - 1
        await shown.stop()

    asyncio.run(watch())
    assert camera.closed.is_set()


def test_stills_pass_one_by_one_and_are_nobody_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other people in the same place are not the people of the picture before, nor smoothed with them."""
    monkeypatch.setattr(feed, "_Pace", lambda on, stopped: AtOnce())
    stills = ScriptedSource([picture((64, 48, RED))] * 3, kind="pictures")
    opened(monkeypatch, stills)
    look = Look(Analyzer(FakeDetector(), FakeClassifier(["happy", "sad", "fear"])))

    async def watch() -> list[tuple[float, int | None, str]]:
        playing = Feed("folder", "folder", lambda frame, ms: look.at(frame, None, ms))
        return [
            (shown.answer.result.time, face.track_id, face.expression.label)
            async for shown in playing.shown()
            for face in shown.answer.result.faces
        ]

    assert asyncio.run(watch()) == [(0.0, 1, "happy"), (2.0, 2, "sad"), (4.0, 3, "fear")]


class AtOnce:
    """A pace that does not wait."""

    def wait_for(self, media_time: float) -> None:
        pass


def test_stopping_wakes_a_source_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Camera()
    opened(monkeypatch, camera)

    async def watch() -> None:
        shown = Feed(0, "camera", Analysis())
        answers = shown.shown()
        camera.permits.release()
        await anext(answers)
        await shown.stop()
        assert not shown._thread.is_alive()

    asyncio.run(watch())


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PartialSource("It broke off."), "It broke off."), (ZeroDivisionError("secret"), "ZeroDivisionError")],
)
def test_the_end_has_a_reason(monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str) -> None:
    camera = Camera(error)
    opened(monkeypatch, camera)
    camera.permits.release(2)

    async def watch() -> tuple[list[Any], str]:
        shown = Feed(0, "camera", Analysis())
        return [item async for item in shown.shown()], shown.reason

    found, said = asyncio.run(watch())
    assert len(found) <= 1
    assert reason in said
    assert "secret" not in said


def test_large_frames_are_made_smaller() -> None:
    frame = feed._fitted(Frame(np.zeros((1000, 2560, 3), np.uint8), 4, 2.0))
    assert frame.image.shape == (500, 1280, 3)
    assert (frame.index, frame.time) == (4, 2.0)
    small = Frame(np.zeros((720, 1280, 3), np.uint8))
    assert feed._fitted(small) is small


async def _stopped_while_it_opens(analysis: Analysis) -> float:
    hung = Feed("rtsp://hung", "hung", analysis)
    began = time.perf_counter()
    await hung.stop()
    return time.perf_counter() - began


def test_a_source_that_hangs_while_it_opens_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()

    def hang(_target: Target) -> Source:
        release.wait(20)
        return Camera()

    monkeypatch.setattr(feed, "open_source", hang)
    try:
        assert asyncio.run(_stopped_while_it_opens(Analysis())) < 1.8
    finally:
        release.set()
