"""How long the page waits for an answer: a server of its own, asked as a browser asks it."""

import itertools
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mien import imageops
from mien.config import AnalyzerOptions
from mien.errors import MienError
from mien.evaluation.benchmark import WARM_UP, head, pictures, spread
from mien.pipeline import Analyzer
from mien.web.client import round_trips
from mien.web.server import serve
from mien.web.settings import ServerSettings, Settings

_START = 60.0
"""Seconds that the server may take to start."""


def measure(
    options: AnalyzerOptions, source: Path | None, width: int, height: int, frames: int
) -> dict[str, Any]:
    """Milliseconds from sending a JPEG of ``width`` x ``height`` on the live socket to having its answer."""
    images = list(pictures(source, width, height, frames))
    jpegs = [imageops.encode(image) for image in images]
    with Analyzer.from_options(options) as analyzer:
        seen = [len(analyzer.analyze(image).faces) for image in images]
    with _server(options) as url:
        times = round_trips(url, itertools.islice(itertools.cycle(jpegs), WARM_UP + frames))
    return {
        **head("page", options),
        "source": str(source) if source else "a drawn face",
        "width": width,
        "height": height,
        "frames": frames,
        "jpeg_bytes": round(sum(map(len, jpegs)) / len(jpegs)),
        "faces_per_frame": round(sum(seen) / len(seen), 3),
        "round_trip_ms": spread(times[WARM_UP:]),
    }


@contextmanager
def _server(options: AnalyzerOptions) -> Iterator[str]:
    """The address of a server in a process of its own, as a browser has it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(options, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(_START):
            raise MienError(f"The server did not start within {_START:g} s.")
        yield here.recv()
    except EOFError:
        raise MienError("The server ended before it listened: its message stands above.") from None
    finally:
        process.terminate()
        process.join()


def _serve(options: AnalyzerOptions, pipe: Connection) -> None:
    serve(Settings(ServerSettings(port=0), options), lambda server: pipe.send(server.urls[0]))
