import itertools
from pathlib import Path
from typing import Any

import pytest

from mien import imageops
from mien.evaluation import plots_detection

pytest.importorskip("matplotlib", reason="the extra 'evaluate' draws")


def report(detectors: int = 2) -> dict[str, Any]:
    names = [f"detector {place}" for place in range(detectors)]
    curve = {"recall": [0.0, 0.5, 1.0], "precision": [1.0, 0.9, 0.2]}
    bins = {
        "all": {"faces": 3, "found": 2, "recall": 0.67},
        "height under 16": {"faces": 2, "found": 1, "recall": 0.5},
        "height over 16": {"faces": 1, "found": 1, "recall": 1.0},
    }
    rows = [
        {"corruption": name, "severity": severity, "unit": unit, "of_found": share}
        for name, severity, unit, share in (
            ("rotation", 15, "degrees", 0.9),
            ("rotation", 30, "degrees", None),
            ("gray", 1, "", 1),
        )
    ]
    return {
        "ap": {"detectors": {name: {"ap50": {"all": 0.9}, "curve": curve} for name in names}},
        "recall": {name: {"recall": bins} for name in names},
        "stress": {"reference": names[0], "detectors": dict.fromkeys(names, rows)},
    }


@pytest.mark.parametrize("detectors", [1, 9])
def test_a_picture_for_each_part(tmp_path: Path, detectors: int) -> None:
    files = plots_detection.draw(report(detectors), tmp_path / "new" / "plots")
    assert [path.name for path in files] == ["precision_recall.png", "recall_by_height.png", "stress.png"]
    for path in files:
        assert imageops.read(path).std() > 5


def test_parts_that_were_not_asked_for_are_not_drawn(tmp_path: Path) -> None:
    whole = report()
    assert plots_detection.draw({"time": {}}, tmp_path) == []
    assert [path.stem for path in plots_detection.draw({"recall": whole["recall"]}, tmp_path)] == [
        "recall_by_height"
    ]


def test_parts_without_a_figure_are_not_drawn(tmp_path: Path) -> None:
    nothing = {
        "ap": {"problem": "no boxes", "detectors": {}},
        "recall": {"one": {"recall": {}}},
        "stress": {"reference": "one", "detectors": {"one": []}},
    }
    assert plots_detection.draw(nothing, tmp_path) == []


def test_neighbours_differ_in_more_than_colour() -> None:
    looks = [plots_detection._look(place) for place in range(7)]
    assert len({look["color"] for look in looks}) == 7
    assert all(first["marker"] != second["marker"] for first, second in itertools.pairwise(looks))
