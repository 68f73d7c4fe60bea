import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import cv2
import pytest
from web_fakes import ColourClassifier, FakeCache

from mien import registry
from mien.config import CLASSIFIER, LANDMARKER, OWN, AnalyzerOptions
from mien.errors import BadOption, UnknownName
from mien.web.models import ModelCache, Models, check_names


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were loaded, by a registry that makes plain objects."""
    loaded: list[str] = []

    def load(_family: str, name: str) -> Any:
        loaded.append(name)
        if name == "bad":
            raise UnknownName("detector", name, ["good"])
        return object()

    monkeypatch.setattr(registry, "load", load)
    return loaded


def test_each_name_is_loaded_once(loads: list[str]) -> None:
    cache = ModelCache()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache.get("detectors", "a"), range(40)))
    assert len(set(map(id, found))) == 1
    assert loads == ["a"]


def test_the_least_recently_used_goes(loads: list[str]) -> None:
    cache = ModelCache(size=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get("detectors", name)
    assert loads == ["a", "b", "c", "b"]


def test_a_failure_is_not_kept(loads: list[str]) -> None:
    cache = ModelCache()
    for _ in range(2):
        with pytest.raises(UnknownName):
            cache.get("detectors", "bad")
    assert loads == ["bad", "bad"]


def test_loading_one_does_not_hold_up_another(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_may_end = threading.Event()

    def load(_family: str, name: str) -> str:
        if name == "slow":
            assert slow_may_end.wait(10)
        return name

    monkeypatch.setattr(registry, "load", load)
    cache = ModelCache()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(cache.get, "detectors", "slow")
        assert pool.submit(cache.get, "detectors", "fast").result(10) == "fast"
        slow_may_end.set()
        assert slow.result(10) == "slow"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    monkeypatch.setattr(registry, "names", lambda _family: ["blob", "colour"])
    options = [
        registry.Option("weights", str, None, False),
        registry.Option("threshold", float, 0.5, False),
        registry.Option("threads", int, 1, False),
    ]
    monkeypatch.setattr(registry, "schema", lambda _family, _name: options)
    cache = FakeCache()
    cache.fakes |= dict.fromkeys(
        ("blob:threshold=0.4", "blob:weights=/etc/passwd", "mine.onnx", "/srv/mine.onnx"), object()
    )
    return Models(AnalyzerOptions("blob", "/srv/mine.onnx"), cache)


def test_at_this_machine_everything_may_be_named(models: Models) -> None:
    for name in ("blob:weights=/etc/passwd", "mine.onnx"):
        assert models.detector(name, local=True) is not None


def test_from_elsewhere_only_what_is_installed(models: Models) -> None:
    assert models.detector("blob", local=False) is not None
    assert models.detector("blob:threshold=0.4", local=False) is not None
    assert models.classifier("/srv/mine.onnx", local=False) is not None, "the server's own choice"
    with pytest.raises(BadOption, match="'weights'"):
        models.detector("blob:weights=/etc/passwd", local=False)
    with pytest.raises(BadOption, match="'threads'"):
        models.detector("blob:threads=4", local=False)
    with pytest.raises(BadOption, match="not allowed from another machine"):
        models.classifier("mine.onnx", local=False)
    with pytest.raises(UnknownName, match="Did you mean blob"):
        models.detector("blop", local=False)


def test_an_analyzer_takes_the_servers_options(models: Models) -> None:
    analyzer = models.analyzer(None, "colour", max_faces=2, local=True)
    assert analyzer.options.max_faces == 2


@pytest.mark.parametrize("error", [TypeError("int32"), OverflowError("too large"), cv2.error("bad")])
def test_values_that_a_library_refuses_are_bad_options(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(registry, "load", Mock(side_effect=error))
    with pytest.raises(BadOption, match="'blob:size=9'"):
        ModelCache().get("detectors", "blob:size=9")
    with pytest.raises(type(error)):  # without an option, it is no visitor's fault
        ModelCache().get("detectors", "blob")


def test_models_that_nobody_named_are_shared_too() -> None:
    cache = FakeCache()
    cache.fakes |= {CLASSIFIER: ColourClassifier(), LANDMARKER: object()}
    analyzer = Models(AnalyzerOptions("blob"), cache).analyzer(measures=["geometry"], local=False)
    assert analyzer.classifier is cache.fakes[CLASSIFIER]
    assert analyzer.landmarker is cache.fakes[LANDMARKER]
    assert (analyzer.options.classifier, analyzer.options.landmarker) == (CLASSIFIER, LANDMARKER)


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ({"detector": "harr"}, "haar"),
        ({"detector": "haar:long_sid=9"}, "long_side"),
        ({"classifier": "vgg_slin"}, "vgg_slim"),
        ({"measures": "poses"}, "pose"),
        ({"smoother": "exponentia"}, "exponential"),
    ],
)
def test_names_are_checked_without_loading_anything(chosen: dict[str, str], name: str) -> None:
    check_names(AnalyzerOptions(classifier=OWN))
    with pytest.raises(UnknownName, match=f"Did you mean .*{name}"):
        check_names(AnalyzerOptions(**chosen))
