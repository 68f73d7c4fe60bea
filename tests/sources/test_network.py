import itertools
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.errors import BadOption, PartialSource, SourceError
from mien.sources.network import Network

FAST: dict[str, Any] = {"first_wait": 0.05, "longest_wait": 0.1}
Server = Any  # the classes are in conftest.py, which cannot be imported


def frames_until(source: Network, condition: Callable[[], bool], seconds: float = 20) -> list[float]:
    """Read on until ``condition``; the times of the frames read."""
    times, deadline = [], time.monotonic() + seconds
    for frame in source:
        times.append(frame.time)
        if condition():
            return times
        assert time.monotonic() < deadline, "it did not happen"
    raise AssertionError("the stream ended")


def test_mjpeg_over_http_is_read_live(http_server: Server) -> None:
    with Network(http_server.url("stream.mjpg"), timeout=5, **FAST) as source:
        frames = list(itertools.islice(source, 8))
        assert source.state == "live"
        assert source.info.name == http_server.url("stream.mjpg")
        assert (source.info.width, source.info.height) == (64, 48)
    assert [frame.index for frame in frames] == list(range(8))
    times = [frame.time for frame in frames]
    assert times == sorted(times)
    assert all(frame.image.shape == (48, 64, 3) for frame in frames)


def test_a_slow_reader_gets_the_newest_frame(http_server: Server) -> None:
    with Network(http_server.url("stream.mjpg"), timeout=5, **FAST) as source:
        frames = iter(source)
        next(frames)
        before = source.dropped
        target = http_server.sent + 10
        while http_server.sent < target:
            time.sleep(0.01)
        next(frames)
        assert source.dropped > before


def test_a_server_that_vanishes_and_returns_is_found_again(http_server: Server) -> None:
    with Network(http_server.url("stream.mjpg"), timeout=5, **FAST) as source:
        first = next(iter(source)).time
        http_server.vanish()
        http_server.start()
        times = frames_until(source, lambda: source.reconnects == 1)
        assert source.state == "live"
    assert [first, *times] == sorted([first, *times])


def test_a_silent_server_is_left_and_asked_again(http_server: Server) -> None:
    with Network(http_server.url("stream.mjpg"), timeout=0.4, give_up=0.5, **FAST) as source:
        next(iter(source))
        http_server.silent.set()
        with pytest.raises(PartialSource, match="Gave up"):
            frames_until(source, lambda: False)
        http_server.silent.clear()


def test_closing_beside_a_silent_server_is_quick(http_server: Server) -> None:
    source = Network(http_server.url("stream.mjpg"), timeout=30)
    http_server.silent.set()
    began = time.monotonic()
    source.close()
    source.close()
    assert time.monotonic() - began < 2
    http_server.silent.clear()  # else its reader would hang on for the whole timeout


def test_a_file_over_http_plays_at_its_pace_and_ends(
    http_server: Server, make_video: Callable[..., Path]
) -> None:
    path = make_video("clip.ts", frames=8, rate=10, width=64, height=48)
    began = time.monotonic()
    with Network(http_server.url(path.name), timeout=5, **FAST) as source:
        frames = list(source)
    assert len(frames) == 8
    assert time.monotonic() - began > 0.6
    assert frames[-1].time == pytest.approx(0.7, abs=0.2)


def test_live_mpeg_ts_over_http_is_found_again(http_server: Server, make_video: Callable[..., Path]) -> None:
    path = make_video("clip.ts", frames=60, rate=30, width=64, height=48)
    with Network(http_server.url(f"live/{path.name}"), timeout=5, **FAST) as source:
        assert next(iter(source)).image.shape == (48, 64, 3)
        http_server.vanish()
        http_server.start()
        frames_until(source, lambda: source.reconnects == 1)


def test_a_file_over_http_that_breaks_off_is_partial(
    http_server: Server, make_video: Callable[..., Path]
) -> None:
    path = make_video("clip.ts", frames=20, rate=50, width=64, height=48)
    frames = []
    with Network(http_server.url(f"half/{path.name}"), timeout=5, **FAST) as source:
        with pytest.raises(PartialSource, match=r"clip\.ts.*Input/output error"):
            frames.extend(source)
        assert source.reconnects == 0


def test_a_picture_over_http_comes_once(http_server: Server, tmp_path: Path, portrait_file: Path) -> None:
    (tmp_path / "face.jpg").write_bytes(portrait_file.read_bytes())
    with Network(http_server.url("face.jpg"), timeout=5) as source:
        (frame,) = source
    assert frame.image.shape == (512, 512, 3)
    assert frame.image.dtype == np.uint8


def test_what_is_no_stream_is_refused(http_server: Server, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("plain text " * 100)
    with pytest.raises(SourceError, match=r"no stream at this path"):
        Network(http_server.url("absent"), timeout=5)
    with pytest.raises(SourceError, match=r"not with a video stream|Cannot read"):
        Network(http_server.url("note.bin"), timeout=5)


def test_a_refused_connection_names_host_and_port_and_hides_the_password(http_server: Server) -> None:
    http_server.vanish()
    where = f"127.0.0.1:{http_server.port}"
    for scheme in ("rtsp", "http"):
        with pytest.raises(SourceError, match=f"{where} refused the connection") as caught:
            Network(f"{scheme}://anna:secret@{where}/live", timeout=5)
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["file:///etc/hosts", "foo://anna:secret@host/a"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(SourceError, match=r"no scheme that can be read. Valid: http, .*rtsp") as caught:
        Network(url)
    assert "secret" not in str(caught.value)


def test_an_unknown_transport_lists_the_valid() -> None:
    with pytest.raises(BadOption, match=r"transport=smoke is unknown. Valid: tcp, udp"):
        Network("rtsp://127.0.0.1:1/a", transport="smoke")


@pytest.mark.rtsp
def test_rtsp_is_read_and_found_again_after_a_restart(rtsp_server: Server) -> None:
    with Network(rtsp_server.url, timeout=3, **FAST) as source:
        frames = list(itertools.islice(source, 5))
        assert (source.info.width, source.info.height) == (160, 120)
        assert np.ptp(frames[-1].image) > 100  # the ball is there
        rtsp_server.kill()
        rtsp_server.start()
        times = frames_until(source, lambda: source.reconnects >= 1)
        assert source.state == "live"
    assert times == sorted(times)
    assert times[0] >= frames[-1].time


@pytest.mark.rtsp
def test_a_frozen_rtsp_server_is_left_and_found_again(rtsp_server: Server) -> None:
    with Network(rtsp_server.url, timeout=1, patience=10, **FAST) as source:
        next(iter(source))
        rtsp_server.signal(signal.SIGSTOP)

        def thaw_once_lost() -> bool:
            if source.state == "reconnecting":
                rtsp_server.signal(signal.SIGCONT)
            return source.reconnects >= 1

        _watch(source, thaw_once_lost)


@pytest.mark.rtsp
def test_closing_beside_a_frozen_rtsp_server_is_quick(rtsp_server: Server) -> None:
    with Network(rtsp_server.url, timeout=5) as source:
        next(iter(source))
        rtsp_server.signal(signal.SIGSTOP)
        began = time.monotonic()
    assert time.monotonic() - began < 2


@pytest.mark.rtsp
def test_an_rtsp_path_that_is_not_there_says_so(rtsp_server: Server) -> None:
    with pytest.raises(SourceError, match="no stream at this path"):
        Network(rtsp_server.url.replace("/test", "/absent"), timeout=5)


def _watch(source: Network, condition: Callable[[], bool], seconds: float = 20) -> None:
    """Read in a thread of its own until ``condition``, which is asked all the while."""
    import threading

    reader = threading.Thread(target=lambda: [None for _ in source])
    reader.start()
    deadline = time.monotonic() + seconds
    try:
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)
    finally:
        source.close()
        reader.join()
