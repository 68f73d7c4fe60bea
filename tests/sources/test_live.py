"""The base of live sources, with scripted connections instead of devices."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mien.errors import BadOption, PartialSource, SourceError
from mien.sources._live import LiveSource, Persistence, Pictures
from mien.types import Frame

PICTURE = np.zeros((4, 6, 3), np.uint8)
Script = Callable[["Scripted", threading.Event], Pictures]
FAST = Persistence(timeout=0.2, first_wait=0.01, longest_wait=0.04)


class Scripted(LiveSource):
    """Plays one script per connection; the last one again and again."""

    def __init__(self, *scripts: Script, persistence: Persistence = FAST) -> None:
        self.scripts = list(scripts)
        self.opened: list[float] = []
        self.go_on = threading.Event()
        super().__init__("scripted", persistence)

    @classmethod
    def accepts(cls, target: str | int) -> bool:
        return False

    def _pictures(self, stop: threading.Event) -> Pictures:
        self.opened.append(time.monotonic())
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        yield from script(self, stop)


def steady(source: Scripted, stop: threading.Event) -> Pictures:
    while not stop.wait(0.002):
        yield PICTURE, None


def burst(count: int) -> Script:
    def script(source: Scripted, stop: threading.Event) -> Pictures:
        for index in range(count):
            yield np.full((4, 6, 3), index, np.uint8), None
        source.go_on.set()
        stop.wait()

    return script


def refused(source: Scripted, stop: threading.Event) -> Pictures:
    raise SourceError("refused")
    yield


def brief(source: Scripted, stop: threading.Event) -> Pictures:
    yield PICTURE, None
    raise SourceError("broke off")


def frozen(source: Scripted, stop: threading.Event) -> Pictures:
    yield PICTURE, None
    source.go_on.wait(10)  # deaf to ``stop``, as a driver may be


def ending(source: Scripted, stop: threading.Event) -> Pictures:
    yield PICTURE, None


@contextlib.contextmanager
def opened(*scripts: Script, persistence: Persistence = FAST) -> Iterator[Scripted]:
    with Scripted(*scripts, persistence=persistence) as source:
        try:
            yield source
        finally:
            source.go_on.set()


def take(source: Scripted, count: int) -> list[Frame]:
    return [frame for frame, _ in zip(source, range(count), strict=False)]


def test_only_the_newest_frame_is_kept_and_the_others_counted() -> None:
    with opened(burst(10)) as source:
        assert source.go_on.wait(5)
        frame = next(iter(source))
    assert frame.image[0, 0, 0] == 9
    assert frame.index == 0
    assert source.dropped == 9


def test_info_and_state_are_known_once_it_is_open() -> None:
    with opened(steady) as source:
        assert (source.info.kind, source.info.width, source.info.height) == ("live", 6, 4)
        assert source.state == "live"
    assert source.state == "ended"


def test_indices_rise_by_one_and_times_do_not_fall() -> None:
    with opened(steady) as source:
        frames = take(source, 10)
    assert [frame.index for frame in frames] == list(range(10))
    times = [frame.time for frame in frames]
    assert times == sorted(times)
    assert times[0] < 0.5


def test_a_connection_that_breaks_off_comes_back() -> None:
    with opened(brief, brief, steady) as source:
        take(source, 5)
        assert source.reconnects == 2
        assert source.state == "live"


def test_waits_grow_by_doubling_up_to_the_longest() -> None:
    with opened(brief, refused, refused, refused, steady) as source:
        take(source, 2)
        gaps = np.diff(source.opened)
    assert all(gaps >= [0.01, 0.02, 0.04, 0.04])
    assert source.reconnects == 1


def test_a_frozen_connection_is_left_behind() -> None:
    with opened(frozen, steady) as source:
        began = time.monotonic()
        take(source, 5)
        assert time.monotonic() - began >= FAST.timeout
        assert source.reconnects == 1


def test_the_late_picture_of_a_reader_left_behind_is_refused() -> None:
    def late(source: Scripted, stop: threading.Event) -> Pictures:
        yield PICTURE, None
        source.go_on.wait(10)
        yield PICTURE + 7, None
        pytest.fail("nobody may take this picture")

    with opened(late, steady) as source:
        frames = take(source, 3)
        source.go_on.set()
        frames += take(source, 20)
    assert all(not frame.image.any() for frame in frames)


def test_the_first_connection_is_tried_once_without_patience() -> None:
    with pytest.raises(SourceError, match="refused"):
        Scripted(refused)


def test_patience_tries_the_first_connection_again() -> None:
    patient = Persistence(timeout=0.2, patience=5, first_wait=0.01)
    with opened(refused, refused, steady, persistence=patient) as source:
        assert len(source.opened) == 3
        assert source.reconnects == 0


def test_patience_ends() -> None:
    with pytest.raises(SourceError, match="refused"):
        Scripted(refused, persistence=Persistence(patience=0.05, first_wait=0.01))


def test_a_silent_first_connection_is_an_error() -> None:
    with pytest.raises(SourceError, match=r"sent no picture for 0\.2 s"):
        Scripted(burst(0))


def test_giving_up_ends_with_a_partial_source() -> None:
    impatient = Persistence(first_wait=0.01, give_up=0.05)
    with opened(brief, refused, persistence=impatient) as source:
        assert next(iter(source)).index == 0
        with pytest.raises(PartialSource, match=r"refused Gave up after 0\.05 s"):
            next(iter(source))
        assert list(source) == []


def test_a_stream_that_ends_by_itself_ends_the_iteration() -> None:
    with opened(ending) as source:
        assert len(list(source)) == 1


def test_a_stream_that_ends_without_a_picture_is_an_error() -> None:
    def empty(source: Scripted, stop: threading.Event) -> Pictures:
        return
        yield

    with pytest.raises(SourceError, match="ended without a picture"):
        Scripted(empty)


def test_an_unexpected_error_reaches_the_consumer() -> None:
    def broken(source: Scripted, stop: threading.Event) -> Pictures:
        raise RuntimeError("bad driver")
        yield

    with pytest.raises(SourceError, match="RuntimeError: bad driver"):
        Scripted(broken)


@pytest.mark.parametrize("state", ["waiting", "frozen", "reconnecting"])
def test_closing_from_another_thread_ends_the_iteration(state: str) -> None:
    slow = Persistence(timeout=30, first_wait=30, longest_wait=30)
    script = {"waiting": burst(1), "frozen": frozen, "reconnecting": brief}[state]
    with opened(script, persistence=slow) as source:
        frames = iter(source)
        next(frames)
        rest: list[Frame] = []
        consumer = threading.Thread(target=lambda: rest.extend(frames))
        consumer.start()
        began = time.monotonic()
        source.close()
        consumer.join(2)
        assert not consumer.is_alive()
        assert time.monotonic() - began < 2
    assert rest == []


@pytest.mark.parametrize("option", ["timeout", "first_wait", "longest_wait"])
def test_times_to_wait_are_above_zero(option: str) -> None:
    with pytest.raises(BadOption, match=f"{option}=0"):
        Persistence(**{option: 0})
