"""How fast: the pipeline stage by stage, and the start from cold. No torch.

Every figure is a median (and the 95th percentile) over many frames, in milliseconds unless its name says
otherwise; `mien.evaluation.machine.facts` goes with it.
"""

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mien import imageops
from mien.config import AnalyzerOptions
from mien.detectors.base import Detector
from mien.errors import MienError
from mien.evaluation import machine
from mien.evaluation.scene import fit, made_scene
from mien.pipeline import Analyzer, Session, open_source
from mien.types import Box, Detection, Frame, FrameResult, Image

WARM_UP = 10
"""Frames that are run and not counted."""
_HELD = 60
"""Frames of a video that are held decoded, and gone through again and again."""


def pipeline(
    options: AnalyzerOptions,
    source: Path | None = None,
    *,
    width: int = 640,
    height: int = 480,
    frames: int = 200,
) -> dict[str, Any]:
    """Milliseconds of each stage after decoding, on pictures of ``width`` x ``height``.

    ``source`` is a picture or video; without one a drawn face moves about, and where the detector does not
    see it (``faces_per_frame`` tells) its place is given, so that the later stages have work. The processor
    time of a frame says more than the clock where other work goes on. "whole" is a run over a video as it
    is: decoding included, frames at their own size.
    """
    images = itertools.cycle(list(pictures(source, width, height, frames)))
    with Analyzer.from_options(options) as analyzer:
        seen = _Seen(analyzer.detector, None if source else made_scene(width, height)[1])
        analyzer.detector = seen
        session = analyzer.session()
        _process(session, images, WARM_UP)
        seen.faces = 0
        began, cpu_began = time.perf_counter(), time.process_time()
        results = _process(session, images, frames)
        elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        found = {
            **head("pipeline", options),
            "source": str(source) if source else "a drawn face",
            "width": width,
            "height": height,
            "frames": frames,
            "faces_per_frame": round(seen.faces / frames, 3),
            "stages_ms": _stages(results),
            "frames_per_second": round(frames / elapsed, 1),
            "cpu_ms_per_frame": round(cpu * 1000 / frames, 3),
        }
        if source is not None and not _is_picture(source):
            found["whole"] = _whole(analyzer, source)
    return found


def imports(repeats: int = 5) -> dict[str, Any]:
    """Seconds from cold: ``import mien``, and the whole of ``mien run picture.jpg --jsonl -``."""
    timer = "import time; began = time.perf_counter(); import mien; print(time.perf_counter() - began)"
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "face.png"
        picture.write_bytes(imageops.encode(made_scene()[0], ".png"))
        run = ["-m", "mien", "run", str(picture), "--jsonl", "-"]
        return {
            "what": "import",
            "machine": machine.facts(),
            "repeats": repeats,
            "import_s": spread([float(_python(["-c", timer])) for _ in range(repeats)], 4),
            "run_picture_s": spread([_seconds(lambda: _python(run)) for _ in range(repeats)], 3),
        }


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Median and 95th percentile (nearest rank)."""
    ordered = sorted(values)
    rank = max(-(-len(ordered) * 95 // 100) - 1, 0)
    return {"median": round(statistics.median(ordered), digits), "p95": round(ordered[rank], digits)}


def head(what: str, options: AnalyzerOptions) -> dict[str, Any]:
    """What every measurement states of itself."""
    return {"what": what, "machine": machine.facts(), "options": asdict(options)}


def pictures(source: Path | None, width: int, height: int, count: int) -> Iterator[Image]:
    """What is measured on, (height, width, 3) BGR: ``source``, or a drawn face that moves to and fro."""
    if source is None:
        for index in range(30):
            yield made_scene(width, height, shift=abs(index - 15) / 60)[0]
    elif _is_picture(source):
        yield fit(imageops.read(source), width, height)
    else:
        with open_source(source) as video:
            for frame in itertools.islice(video, min(count, _HELD)):
                yield fit(frame.image, width, height)


class _Seen(Detector):
    """Counts what a detector finds, and stands in for it where it finds nothing in the drawn scene."""

    def __init__(self, inner: Detector, otherwise: Box | None) -> None:
        self._inner, self._otherwise = inner, otherwise
        self.labels, self.unsure_below = inner.labels, inner.unsure_below
        self.faces = 0

    def _find(self, image: Image) -> list[Detection]:
        found = self._inner.detect(image)
        self.faces += len(found)
        if not found and self._otherwise is not None:
            return [Detection(self._otherwise, 1.0)]
        return found


def _is_picture(source: Path) -> bool:
    return source.suffix.lower() in imageops.PICTURE_SUFFIXES


def _process(session: Session, images: Iterator[Image], count: int) -> list[FrameResult]:
    return [
        session.process(Frame(image, index, index / 30))
        for index, image in enumerate(itertools.islice(images, count))
    ]


def _stages(results: Sequence[FrameResult]) -> dict[str, dict[str, float]]:
    stages = {stage: spread([result.timings[stage] for result in results]) for stage in results[0].timings}
    return {**stages, "total": spread([sum(result.timings.values()) for result in results])}


def _whole(analyzer: Analyzer, source: Path) -> dict[str, Any]:
    summary = analyzer.run(source)
    return {
        "width": summary.info.width,
        "height": summary.info.height,
        "frames": summary.frames,
        "frames_per_second": round(summary.rate, 1),
    }


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _python(arguments: Sequence[str]) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MienError(f"'{' '.join(arguments)}' failed: {done.stderr.strip()}")
    return done.stdout
