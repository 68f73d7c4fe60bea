"""The memory of a long live run."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mien.config import AnalyzerOptions
from mien.errors import BadOption
from mien.evaluation import machine
from mien.evaluation.benchmark import head
from mien.evaluation.scene import made_scene
from mien.pipeline import Analyzer, Session
from mien.types import Frame

Watch = Callable[[float, float], None]
NOISE_MIB = 3.0
"""Growth up to this is the allocator's, not a leak's."""


def run(
    options: AnalyzerOptions,
    minutes: float = 30.0,
    *,
    rate: float = 30.0,
    settle: float = 60.0,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Memory (MiB) of a live run of ``minutes`` at ``rate`` frames/s, in which people come and go.

    ``growth_mib`` is from the first samples after ``settle`` seconds to the last ones; ``grows`` says that
    it is more than `NOISE_MIB`. ``watch`` is called each second with the seconds gone and the memory.
    """
    total = minutes * 60
    if total <= settle + 10 / rate:
        raise BadOption(f"minutes={minutes} is too short: memory settles for {settle / 60:g} minutes first.")
    with Analyzer.from_options(options) as analyzer:
        samples, frames = _live(analyzer.session(), total, rate, watch)
    settled = [mib for seconds, mib in samples if seconds >= settle] or [samples[-1][1]]
    tenth = max(len(settled) // 10, 1)
    growth = statistics.median(settled[-tenth:]) - statistics.median(settled[:tenth])
    return {
        **head("soak", options),
        "minutes": minutes,
        "frames": frames,
        "frames_per_second": round(frames / total, 1),
        "peak_mib": round(max(mib for _, mib in samples), 1),
        "growth_mib": round(growth, 2),
        "grows": growth > NOISE_MIB,
        "mib_by_minute": [round(mib, 1) for mib in _by_minute(samples)],
    }


def _live(
    session: Session, total: float, rate: float, watch: Watch | None
) -> tuple[list[tuple[float, float]], int]:
    """Frames at their time, as a camera gives them: what comes too late is left out."""
    scenes = [made_scene(shift=abs(index - 15) / 30)[0] for index in range(30)]
    nobody = scenes[0] * 0
    samples = [(0.0, machine.resident_mib())]
    frames, began = 0, time.perf_counter()
    while (gone := time.perf_counter() - began) < total:
        index = int(gone * rate)
        someone = gone % 8 < 5  # five seconds with a face, three without: tracks end and begin
        session.process(Frame((scenes[index % 30] if someone else nobody).copy(), index, gone))
        frames += 1
        if gone - samples[-1][0] >= min(1.0, total / 20):
            samples.append((gone, machine.resident_mib()))
            if watch is not None:
                watch(*samples[-1])
        time.sleep(max((index + 1) / rate - (time.perf_counter() - began), 0))
    return samples, frames


def _by_minute(samples: Sequence[tuple[float, float]]) -> Iterator[float]:
    for _, group in itertools.groupby(samples, key=lambda sample: int(sample[0] // 60)):
        yield max(mib for _, mib in group)
