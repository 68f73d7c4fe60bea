import math
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

import mien
from mien import pipeline
from mien.errors import BadOption, PartialSource, SourceError, UnknownName
from mien.labels import FER7
from mien.measures.pose import HeadPose
from mien.pipeline import Analyzer
from mien.sinks.base import Sink
from mien.testing import FakeClassifier, FakeDetector, FakeLandmarker, ScriptedSource, blank_frame
from mien.types import Box, Detection, Expression, Frame, FrameResult, Image, SourceInfo


class Remember(Sink):
    def __init__(self) -> None:
        self.infos: list[SourceInfo] = []
        self.results: list[FrameResult] = []

    def begin(self, info: SourceInfo) -> None:
        self.infos.append(info)

    def write(self, frame: Frame, result: FrameResult) -> None:
        self.results.append(result)

    def close(self, *, discard: bool = False) -> None:
        pass


def analyzer(*labels: str, **options: object) -> Analyzer:
    return Analyzer(FakeDetector(), FakeClassifier(labels or ["happy"]), **options)


def script(count: int, **options: object) -> ScriptedSource:
    return ScriptedSource([blank_frame(64, 48).image] * count, **options)  # type: ignore[arg-type]


def faces(*sides: float) -> list[Detection]:
    return [Detection(Box(i * 100, 0, i * 100 + side, side), 0.9 - i / 10) for i, side in enumerate(sides)]


def test_a_picture_is_neither_tracked_nor_smoothed() -> None:
    with analyzer("happy", "sad") as looking:
        first, second = (looking.analyze(blank_frame().image) for _ in range(2))
    assert [first.faces[0].expression.label, second.faces[0].expression.label] == ["happy", "sad"]
    assert first.faces[0].track_id is None
    assert (first.width, first.height, first.time) == (640, 480, 0.0)
    assert set(first.timings) == {"detect", "track", "classify", "smooth"}


def test_pictures_by_path_by_array_and_gray(portrait_file: Path, portrait: Image) -> None:
    looking = analyzer()
    assert looking.analyze(portrait_file).source == str(portrait_file)
    assert looking.analyze(str(portrait_file)).width == looking.analyze(portrait).width == 512
    assert looking.analyze(np.zeros((40, 30), np.uint8)).height == 40
    with pytest.raises(SourceError, match="absent"):
        looking.analyze("absent.jpg")


def test_a_stream_is_tracked_and_smoothed() -> None:
    results = list(analyzer("happy", "sad", smoother="exponential:seconds=10").stream(script(3, rate=10)))
    assert [result.faces[0].track_id for result in results] == [1, 1, 1]
    assert [result.faces[0].expression.label for result in results] == ["happy"] * 3
    assert results[2].faces[0].expression.confidence < results[0].faces[0].expression.confidence
    assert [result.time for result in results] == [0.0, 0.1, 0.2]
    assert "decode" in results[0].timings


def test_stills_of_a_folder_do_not_know_each_other() -> None:
    results = list(analyzer("happy", "sad").stream(script(2, kind="pictures")))
    assert [result.faces[0].track_id for result in results] == [None, None]
    assert [result.faces[0].expression.label for result in results] == ["happy", "sad"]


def test_every_start_and_end_choose_frames() -> None:
    results = list(analyzer().stream(script(20, rate=10), every=3, start=0.5, end=1.5))
    assert [result.index for result in results] == [5, 8, 11, 14]
    with pytest.raises(BadOption, match="every=0"):
        next(analyzer().stream(script(1), every=0))


def test_pictures_that_cannot_be_read_are_named_in_the_log(
    portrait_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copy(portrait_file, tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    assert len(list(analyzer().stream(tmp_path))) == 1
    assert "Left out: " in caplog.text
    assert "b.jpg" in caplog.text


def test_a_stretch_of_no_length_is_refused() -> None:
    with pytest.raises(BadOption, match=r"end=1 is not after start=2"):
        list(analyzer().stream(script(3), start=2, end=1))


@pytest.mark.parametrize(
    "stretch", [{"start": math.nan}, {"end": math.nan}, {"every": 0}, {"every": 1.5}, {"every": math.nan}]
)
def test_numbers_that_choose_no_frames_are_refused(stretch: dict[str, float]) -> None:
    with pytest.raises(BadOption, match=r"nan|every"):
        list(analyzer().stream(script(3), **stretch))


def test_pictures_have_no_time_to_start_at() -> None:
    with pytest.raises(BadOption, match="start=2"):
        list(analyzer().stream(script(3, kind="pictures"), start=2))


def test_a_stream_whose_time_stands_still_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    session = analyzer().session()
    for _ in range(40):
        session.process(blank_frame())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Frame(image, time=seconds)" in caplog.text
    caplog.clear()
    other = analyzer().session()
    for index in range(80):  # two frames of one moment are nothing rare
        other.process(blank_frame(time=index // 2))
    assert not caplog.records


def test_what_is_no_source_is_told_what_is() -> None:
    with pytest.raises(BadOption, match=r"not list.*session\(\)"):
        list(analyzer().stream(["a.jpg", "b.jpg"]))  # type: ignore[arg-type]


def test_leaving_a_stream_early_closes_the_source() -> None:
    source = script(100)
    stream = analyzer().stream(source)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert source.closed
    assert not [thread for thread in threading.enumerate() if thread.name == "mien-decode"]


def test_a_run_feeds_its_sinks_and_sums_up() -> None:
    sink, seen = Remember(), []
    summary = analyzer("sad", "sad", "happy").run(
        script(4, rate=10), [sink], progress=lambda done, time: seen.append((done, round(time, 3)))
    )
    assert [info.name for info in sink.infos] == ["script"]
    assert len(sink.results) == summary.frames == summary.frames_with_face == 4
    assert seen == [(1, 0.0), (2, 0.1), (3, 0.2), (4, 0.3)]
    assert summary.people[1]["sad"] >= 0.5
    assert summary.partial is None
    assert set(summary.timings) == {"decode", "detect", "track", "classify", "smooth"}


def test_a_source_that_breaks_off_leaves_a_partial_run() -> None:
    sink = Remember()
    summary = analyzer().run(script(3, breaks="cut at 0.3 s"), [sink])
    assert (len(sink.results), summary.partial) == (3, "cut at 0.3 s")
    with pytest.raises(PartialSource):
        list(analyzer().stream(script(3, breaks="cut")))


@pytest.mark.parametrize(("kind", "partial"), [("live", None), ("file", "Stopped by hand.")])
def test_ctrl_c_keeps_what_was_done(kind: str, partial: str | None) -> None:
    def interrupt(done: int, time: float) -> None:
        if done == 2:
            raise KeyboardInterrupt

    sink = Remember()
    summary = analyzer().run(script(9, kind=kind), [sink], progress=interrupt)
    assert (len(sink.results), summary.frames, summary.partial) == (2, 2, partial)


def test_an_error_of_the_caller_passes_through() -> None:
    def stop(done: int, time: float) -> None:
        raise RuntimeError("enough")

    source = script(9)
    with pytest.raises(RuntimeError, match="enough"):
        analyzer().run(source, progress=stop)
    assert source.closed


def test_the_largest_faces_are_kept_in_the_detectors_order() -> None:
    looking = Analyzer(FakeDetector([faces(20, 60, 40)]), FakeClassifier(["sad"]), max_faces=2, min_face=30)
    found = looking.analyze(blank_frame().image).faces
    assert [face.box.width for face in found] == [60, 40]


def test_of_equally_large_faces_none_takes_the_place_of_a_larger_one() -> None:
    looking = Analyzer(FakeDetector([faces(40, 40, 60)]), FakeClassifier(["sad"]), max_faces=2)
    found = looking.analyze(blank_frame().image).faces
    assert [face.box.width for face in found] == [40, 60]


def reading(*sure: float) -> FakeDetector:
    """Reads happy, frame by frame so sure."""
    rows = [np.array([1 - value, 0, 0, value, 0, 0, 0], np.float32) for value in sure]
    return FakeDetector(
        [[Detection(Box(9, 9, 60, 60), 0.9, expression=Expression(FER7, row))] for row in rows], labels=FER7
    )


@pytest.mark.parametrize("classifier", ["", "detector"])
def test_a_detector_that_reads_expressions_makes_the_classifier_optional(classifier: str) -> None:
    looking = Analyzer(reading(0.9), classifier)
    (face,) = looking.analyze(blank_frame().image).faces
    assert face.expression.label == "happy"
    assert looking.classifier is None
    assert (looking.options.classifier, looking.labels) == ("detector", FER7)
    assert "classify" not in looking.analyze(blank_frame().image).timings


def test_a_classifier_that_is_named_wins() -> None:
    looking = Analyzer(reading(0.9), FakeClassifier(["sad"]))
    assert [face.expression.label for face in looking.analyze(blank_frame().image).faces] == ["sad"]


def test_a_detector_that_reads_nothing_needs_a_classifier() -> None:
    assert Analyzer(FakeDetector()).options.classifier == "vgg_slim"
    with pytest.raises(BadOption, match="FakeDetector reads no expressions itself"):
        Analyzer(FakeDetector(), "detector")


def test_what_the_detector_read_is_smoothed_and_unsure_by_its_own_limit() -> None:
    detector = reading(1.0, 0.0)
    detector.unsure_below = 0.95
    session = Analyzer(detector, smoother="exponential:seconds=1").session()
    first, second = (session.process(blank_frame(index=at, time=at / 10)).faces[0] for at in range(2))
    assert not first.expression.unsure
    assert 0.5 < second.expression.as_dict()["happy"] < 0.95
    assert second.expression.unsure


def test_no_face_is_a_result() -> None:
    looking = Analyzer(FakeDetector([[]]), FakeClassifier())
    assert looking.analyze(blank_frame().image).faces == ()
    summary = looking.run(script(3))
    assert (summary.people, summary.without_face, summary.frames_with_face) == ({}, 1.0, 0)


def test_sessions_do_not_share_tracks() -> None:
    looking = analyzer()
    one, two = looking.session(), looking.session()
    assert one.process(blank_frame()).faces[0].track_id == 1
    assert two.process(blank_frame()).faces[0].track_id == 1


def test_a_session_may_go_on_from_another_with_the_same_people() -> None:
    before = analyzer().session()
    assert before.process(blank_frame()).faces[0].track_id == 1
    assert before.process(blank_frame(time=60.0)).faces[0].track_id == 2
    after = analyzer().session(before)
    assert after.process(blank_frame(time=60.1)).faces[0].track_id == 2


def test_sources_are_recognised(portrait_file: Path, tmp_path: Path) -> None:
    with pipeline.open_source(portrait_file) as source:
        assert source.kind == "pictures"
    with pytest.raises(SourceError, match=r"nothing\.mp4"):
        pipeline.open_source(tmp_path / "nothing.mp4")


def test_a_closed_analyzer_lets_go_of_its_models() -> None:
    looking = analyzer()
    session = looking.session()
    looking.close()
    for use in (
        lambda: looking.analyze(blank_frame().image),
        looking.session,
        lambda: session.process(blank_frame()),
    ):
        with pytest.raises(BadOption, match="closed"):
            use()


def test_the_front_door(portrait_file: Path) -> None:
    """`mien.analyze` with the default detector and classifier, twice over the same models."""
    first = mien.analyze(portrait_file)
    assert len(first.faces) == 1
    assert first.faces[0].box == mien.analyze(portrait_file).faces[0].box
    assert isinstance(next(mien.stream(portrait_file)), FrameResult)
    assert set(mien.__all__) == set(dir(mien))
    with pytest.raises(AttributeError, match="nonsense"):
        mien.nonsense  # noqa: B018


def test_measures_bring_the_points_that_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = pipeline._loaded

    def load(family: str, plugin: object) -> object:
        return FakeLandmarker() if plugin == "mien_68" else loaded(family, plugin)

    monkeypatch.setattr(pipeline, "_loaded", load)
    with analyzer(measures=["geometry"]) as looking:
        assert looking.options.landmarker == "mien_68"
        assert looking.analyze(blank_frame().image).faces[0].measures["jaw_drop"] > 0
        assert looking.columns[0] == "eye_aspect_left"
    with analyzer(measures="pose") as looking:
        assert looking.options.landmarker == "mien_68"
        face = looking.analyze(blank_frame().image).faces[0]
    assert face.pose is not None
    assert list(face.measures) == ["roll", "yaw", "pitch"]
    with analyzer(measures="quality") as looking:
        assert looking.options.landmarker == ""


def test_a_landmarker_that_was_chosen_stays() -> None:
    looking = analyzer(landmarker=FakeLandmarker(), measures="geometry")
    assert looking.options.landmarker == "FakeLandmarker"
    assert looking.analyze(blank_frame().image).faces[0].landmarks is not None


def test_points_are_steadied_in_streams_unless_switched_off() -> None:
    def moved(**options: bool) -> float:
        looking = analyzer(landmarker=FakeLandmarker([0.0, 3.0]), **options)
        results = list(looking.stream(script(2, rate=30)))
        first, second = (result.faces[0].landmarks for result in results)
        return float(np.abs(second - first).max())

    assert moved() < 2.9
    assert moved(steady=False) == pytest.approx(3.0)


def test_each_stream_has_measures_of_its_own() -> None:
    looking = analyzer(landmarker=FakeLandmarker(), measures="motion")
    one, two = looking.session(), looking.session()
    one.process(blank_frame(time=0.0))
    assert np.isnan(two.process(blank_frame(time=0.1)).faces[0].measures["motion_face"])
    assert one.process(blank_frame(time=0.1)).faces[0].measures["motion_face"] == pytest.approx(0, abs=0.1)


def test_measures_that_share_a_column_are_refused() -> None:
    with pytest.raises(BadOption, match="'roll'"):
        pipeline._columns([HeadPose(), HeadPose()])


def test_options_that_are_lists_open_the_front_door_too(portrait_file: Path) -> None:
    assert mien.analyze(portrait_file, measures=["pose"]).faces[0].measures.keys() == {"roll", "yaw", "pitch"}


def test_sources_take_options(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(UnknownName, match="option of images 'width'"):
        pipeline.open_source(tmp_path / "a.png", width=3)


def test_poor_faces_are_seen_but_not_read() -> None:
    """A flat gray picture holds no good face, however sure the detector is."""
    looking = analyzer(min_quality=0.9)
    assert looking.options.measures == ("quality",)
    result = looking.run(script(3))
    assert (result.without_face, result.people) == (0.0, {})
    face = looking.analyze(blank_frame().image).faces[0]
    assert face.expression is None
    assert face.quality == face.measures["quality"] < 0.9
    assert analyzer(min_quality=0.1, measures="quality").options.measures == ("quality",)
