"""Servers on loopback and hand-made videos for the tests of sources."""

import http.server
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from mien.types import Image

SYSTEM_PYTHON = Path("/usr/bin/python3")
RTSP_SCRIPT = Path(__file__).parent.parent / "rtsp_server.py"
WriteVideo = Callable[..., Path]


def plain(level: int, height: int = 48, width: int = 64) -> Image:
    """A picture of one gray level, by which a frame can be told after encoding."""
    return np.full((height, width, 3), level, np.uint8)


@pytest.fixture
def write_video(tmp_path: Path) -> WriteVideo:
    """Write ``pictures`` with presentation ``times`` in milliseconds (default: 100 apart)."""

    def write(
        name: str,
        pictures: Sequence[Image],
        times: Sequence[int] | None = None,
        setup: Callable[[Any], None] = lambda stream: None,
        pixels: str = "bgr24",
        **options: Any,
    ) -> Path:
        path = tmp_path / name
        codec = {"preset": "ultrafast", "g": "10", "x264-params": "scenecut=0"}
        with av.open(str(path), "w", options={"movflags": "faststart"}, **options) as container:
            stream = container.add_stream("libx264", rate=10, options=codec)
            frames = [av.VideoFrame.from_ndarray(picture, pixels) for picture in pictures]
            stream.height, stream.width = frames[0].height, frames[0].width
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, 1000)
            setup(stream)
            for index, frame in enumerate(frames):
                frame.pts = times[index] if times else index * 100
                frame.time_base = Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


class RtspServer:
    """The helper script as a process that can be killed, frozen and started again on its port."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/test"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(SYSTEM_PYTHON), str(RTSP_SCRIPT), str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stderr
        line = self._process.stdout.readline()
        if not line:
            reason, code = self._process.stderr.read(), self._process.wait()
            self.kill()
            assert code == 77, reason
            pytest.skip(f"no RTSP server: {reason.strip()}")
        self.port = int(line)

    def signal(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe
            pipe.close()
        self._process = None


@pytest.fixture
def rtsp_server() -> Iterator[RtspServer]:
    if not SYSTEM_PYTHON.exists() or not hasattr(signal, "SIGSTOP"):
        pytest.skip(f"no RTSP server: needs {SYSTEM_PYTHON} and POSIX signals")
    server = RtspServer()
    try:
        yield server
    finally:
        server.kill()


class HttpServer:
    """Serves ``/stream.mjpg`` (endless) and the files of ``folder``; can vanish and return.

    ``/live/NAME`` sends a file without its length and stays connected, ``/half/NAME`` breaks off midway.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.sent = 0
        self.silent = threading.Event()
        """While set, connections stay open and nothing is sent."""
        self._server: http.server.ThreadingHTTPServer | None = None
        self.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def start(self) -> None:
        self._gone = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self, "gone": self._gone})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = False  # so that closing waits for the open streams
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def vanish(self) -> None:
        if self._server is not None:
            self._gone.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: HttpServer
    gone: threading.Event

    def do_GET(self) -> None:
        try:
            folder, _, name = self.path[1:].rpartition("/")
            if name == "stream.mjpg":
                self._mjpeg()
            elif folder == "live":
                self._live(self.owner.folder / name)
            elif folder == "half":
                self._file(self.owner.folder / name, share=0.5)
            elif (file := self.owner.folder / self.path[1:]).is_file():
                self._file(file)
            else:
                self.send_error(404)
        except OSError:  # the reader went away
            return

    def _mjpeg(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        while not self.gone.wait(0.02):
            if self.owner.silent.is_set():
                continue
            data = cv2.imencode(".jpg", plain(self.owner.sent % 200))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data + b"\r\n")
            self.owner.sent += 1

    def _live(self, file: Path) -> None:
        """The file as if it were filmed now: no length is stated, and the connection stays."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(file.read_bytes())
        self.gone.wait()

    def _file(self, file: Path, share: float = 1.0) -> None:
        data = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: int(len(data) * share)])

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def http_server(tmp_path: Path) -> Iterator[HttpServer]:
    server = HttpServer(tmp_path)
    try:
        yield server
    finally:
        server.vanish()
