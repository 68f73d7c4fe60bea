from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.detection_fakes import Bright, Calls, candidate
from mien.errors import BadOption, SourceError
from mien.evaluation import detection_time, detection_video
from mien.evaluation.detection_candidates import build
from mien.testing import FakeDetector
from mien.types import Box, Detection

MakeVideo = Callable[..., Path]


def test_what_is_found_on_an_empty_video_is_false(make_video: MakeVideo) -> None:
    scores = iter([0.9, 0.5, 0.7, 0.2])
    loud = candidate(Calls(lambda image: [Detection(Box(0, 0, 9, 9), next(scores))]), "loud")
    still = candidate(FakeDetector([[]]), "still")
    told: list[tuple[int, int]] = []
    report = detection_video.empty(
        [loud, still], make_video(frames=8), every=2, progress=lambda done, whole: told.append((done, whole))
    )
    assert report["loud"] == {"frames": 4, "frames_with_any": 2, "false": 2, "highest": pytest.approx(0.9)}
    assert report["still"] == {"frames": 4, "frames_with_any": 0, "false": 0, "highest": 0.0}
    assert told[-1] == (7, 8)


def test_agreement_is_counted_both_ways(make_video: MakeVideo) -> None:
    one, other = Detection(Box(0, 0, 40, 40), 0.9), Detection(Box(100, 100, 140, 140), 0.8)
    near = Detection(Box(4, 0, 44, 40), 0.7)
    reference = candidate(FakeDetector([[one, other]]), "reference")
    half = candidate(FakeDetector([[near]]), "half")
    nothing = candidate(FakeDetector([[]]), "nothing")
    report = detection_video.agreement([reference, half, nothing], reference, make_video(frames=3))
    assert (report["reference"]["agreement"], report["reference"]["back"]) == (1, 1)
    assert (report["half"]["agreement"], report["half"]["back"]) == (0.5, 1)
    assert (report["nothing"]["agreement"], report["nothing"]["back"]) == (0, None)
    assert (report["half"]["reference"], report["half"]["own"], report["half"]["frames"]) == (6, 3, 3)


@pytest.mark.parametrize("every", [0, 1.5])
def test_a_step_that_is_none_is_refused(make_video: MakeVideo, every: Any) -> None:
    with pytest.raises(BadOption, match=f"every={every}"):
        detection_video.empty([candidate(Bright())], make_video(frames=2), every=every)


def test_an_absent_video_is_said() -> None:
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        detection_video.empty([candidate(Bright())], "gone.mp4")


def test_times_have_a_row_for_each_size_and_what_threads_there_are() -> None:
    told: list[tuple[int, int]] = []
    report = detection_time.timings(
        build(["haar", "haar:scale_factor=1.5"]),
        image=np.zeros((48, 64, 3), np.uint8),
        long_sides=(32, 64),
        threads=(1, 2),
        rounds=2,
        progress=lambda done, whole: told.append((done, whole)),
    )
    assert list(report) == ["haar", "haar:scale_factor=1.5"]
    for rows in report.values():
        assert [(row["asked"], row["long_side"], row["threads"]) for row in rows] == [
            (32, 32, 1),
            (64, 64, 1),
        ]
        assert all(0 < row["ms"]["median"] <= row["ms"]["p95"] for row in rows)
        assert all(row["cpu_ms"]["median"] >= 0 for row in rows)
    assert told[-1] == (2 + detection_time.WARM_UP,) * 2
