"""Structure only: no test is timed."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mien.config import AnalyzerOptions
from mien.errors import BadOption, MienError, UsageError
from mien.evaluation import benchmark, machine, soak
from mien.evaluation.scene import fit, made_scene
from mien.pipeline import Analyzer

OPTIONS = AnalyzerOptions()
STAGES = {"detect", "track", "classify", "smooth", "total"}


def test_the_drawn_face_is_seen_by_the_default_detector() -> None:
    with Analyzer() as analyzer:
        image, box = made_scene(640, 480)
        faces = analyzer.analyze(image).faces
    assert len(faces) == 1
    center = faces[0].box.center
    assert box.x1 < center[0] < box.x2
    assert box.y1 < center[1] < box.y2


@pytest.mark.parametrize("shift", [0.0, 0.5, 9.0])
@pytest.mark.parametrize("size", [(640, 480), (33, 200), (1280, 720)])
def test_scenes_have_the_size_asked_for(size: tuple[int, int], shift: float) -> None:
    image, _ = made_scene(*size, shift=shift)
    assert image.shape == (size[1], size[0], 3)
    assert image.dtype == np.uint8


def test_pictures_are_fitted_whole() -> None:
    fitted = fit(np.full((10, 40, 3), 200, np.uint8), 80, 60)
    assert fitted.shape == (60, 80, 3)
    assert (fitted[20:40] == 200).all()
    assert (fitted[:20] == 128).all()


def test_stages_of_a_drawn_face() -> None:
    found = benchmark.pipeline(OPTIONS, frames=3, width=160, height=120)
    assert set(found["stages_ms"]) == STAGES
    assert "whole" not in found
    assert found["options"]["detector"] == "mien_face"


def test_stages_of_a_picture_and_of_a_video(portrait_file: Path, make_video: Callable[..., Path]) -> None:
    assert benchmark.pipeline(OPTIONS, portrait_file, frames=2)["faces_per_frame"] >= 1
    found = benchmark.pipeline(OPTIONS, make_video(frames=4), frames=6)
    assert (found["width"], found["frames"]) == (640, 6)
    assert (found["whole"]["width"], found["whole"]["frames"]) == (320, 4)


def test_where_the_drawn_face_is_not_seen_its_place_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mien.detectors.onnx.OnnxDetector._find", lambda self, image: [])
    found = benchmark.pipeline(OPTIONS, frames=2, width=160, height=120)
    assert found["faces_per_frame"] == 0
    assert found["stages_ms"]["classify"]["median"] > 0


def test_spread_is_median_and_nearest_rank() -> None:
    assert benchmark.spread(list(range(1, 101))) == {"median": 50.5, "p95": 95}
    assert benchmark.spread([3.0]) == {"median": 3.0, "p95": 3.0}


def test_imports_are_timed_in_processes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def python(arguments: list[str]) -> str:
        asked.append(arguments)
        return "0.05"

    monkeypatch.setattr(benchmark, "_python", python)
    found = benchmark.imports(repeats=2)
    assert found["import_s"]["median"] == 0.05
    assert [arguments[:3] for arguments in asked[2:]] == [["-m", "mien", "run"]] * 2


def test_a_command_that_fails_says_why() -> None:
    assert benchmark._python(["-c", "print(1)"]).strip() == "1"
    with pytest.raises(MienError, match="oh dear"):
        benchmark._python(["-c", "import sys; sys.exit('oh dear')"])


def _soak(monkeypatch: pytest.MonkeyPatch, memory: Iterator[float]) -> dict[str, object]:
    monkeypatch.setattr(machine, "resident_mib", lambda: next(memory))
    return soak.run(OPTIONS, minutes=0.02, settle=0.3, rate=20)


def test_memory_that_levels_off_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _soak(monkeypatch, iter([100.0, 150.0, *[200.0] * 99]))
    assert found["grows"] is False
    assert found["peak_mib"] == 200


def test_memory_that_rises_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _soak(monkeypatch, iter(range(100, 1000, 5)))
    assert found["grows"] is True
    assert isinstance(found["frames"], int)
    assert found["frames"] > 0


def test_a_soak_must_outlast_the_settling() -> None:
    with pytest.raises(BadOption, match="too short"):
        soak.run(OPTIONS, minutes=1.0)


def test_the_machine_is_named() -> None:
    facts = machine.facts()
    assert facts["cpu"]
    assert facts["cores"] >= 1


def test_memory_is_read_in_mib() -> None:
    assert 5 < machine.resident_mib() < 64 * 1024


def test_memory_elsewhere_needs_psutil(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "STATM", tmp_path / "none")
    assert 5 < machine.resident_mib() < 64 * 1024
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(UsageError, match="psutil"):
        machine.resident_mib()
