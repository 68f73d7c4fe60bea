"""``mien evaluate pipeline``: the ways that are compared, table and JSON."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from mien.cli import _evaluate_pipeline
from mien.config import AnalyzerOptions
from mien.evaluation import pipeline

Mien = Callable[..., Result]
SCORE = {"value": 0.5, "low": 0.25, "high": 0.75}


def test_without_draws_there_is_no_interval() -> None:
    assert _evaluate_pipeline._interval(SCORE) == "0.500 (0.250-0.750)"
    assert _evaluate_pipeline._interval({"value": 0.5, "low": math.nan, "high": math.nan}) == "0.500"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the library was asked for; it answers with made-up figures."""
    calls: list[Any] = []

    def evaluate(ways: list[AnalyzerOptions], settings: pipeline.Settings, progress: Any) -> dict[str, Any]:
        calls.append((ways, settings))
        progress(1, 2)
        way = {"found": 0.9, "accuracy": SCORE, "macro_recall": SCORE, "macro_f1": SCORE}
        tests = [
            {"first_only": 0, "second_only": 0, "p": 1.0},
            {"first_only": 3, "second_only": 9, "p": 0.14},
        ]
        found = {"faces": 7, "ways": [{**way, "against_first": tests[min(n, 1)]} for n in range(len(ways))]}
        return {
            "settings": {"data": settings.data},
            "ways": [
                {"detector": w.detector, "aligner": w.aligner, "classifier": w.classifier} for w in ways
            ],
            "pictures": 5,
            "turns": {"0": {"all": found}},
        }

    monkeypatch.setattr(pipeline, "evaluate", evaluate)
    return calls


def test_all_combinations_are_compared(mien: Mien, asked: list[Any]) -> None:
    flags = ("--detector", "haar", "--aligner", "none", "--aligner", "eyes:least=9", "--turn", "0,20")
    found = mien("evaluate", "pipeline", "--data", "coco:x.json", *flags)
    assert found.exit_code == 0, found.output
    ways, settings = asked[0]
    assert [(way.detector, way.aligner) for way in ways] == [("haar", "none"), ("haar", "eyes:least=9")]
    assert settings.turns == (0.0, 20.0)
    lines = found.stdout.splitlines()
    assert next(line for line in lines if "eyes:least=9" in line).split()[-2:] == ["3:9", "p=0.140"]
    assert any("0.500 (0.250-0.750)" in line for line in lines)


def test_json_on_stdout_is_alone(mien: Mien, asked: list[Any]) -> None:
    found = mien("evaluate", "pipeline", "--data", "coco:x.json", "--json", "-")
    assert json.loads(found.stdout)["pictures"] == 5
    assert len(asked[0][0]) == 1


def test_turns_that_are_no_numbers(mien: Mien, asked: list[Any]) -> None:
    found = mien("evaluate", "pipeline", "--data", "coco:x.json", "--turn", "left")
    assert found.exit_code == 2
    assert "--turn left are no numbers" in found.stderr
    assert not asked
