"""The shipped fakes do what they say, and fit into the pipeline."""

import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import mien
from mien import registry, testing
from mien.errors import PartialSource, UnknownName
from mien.labels import FER7
from mien.testing import FakeClassifier, FakeDetector, FakeLandmarker, ScriptedSource, blank_frame
from mien.types import Box, Detection, Frame

FACE = Detection(Box(10, 10, 60, 80), 0.9)
WEAK = Detection(Box(90, 10, 140, 80), 0.4)


@pytest.mark.parametrize(
    "thing", [testing, blank_frame, ScriptedSource, FakeDetector, FakeClassifier, FakeLandmarker]
)
def test_the_examples_of_the_docstrings_run(thing: object) -> None:
    paragraphs = textwrap.dedent("\n" + "    " + str(thing.__doc__)).split("\n\n")
    example = textwrap.dedent(paragraphs[-1])
    names = {**vars(mien), **vars(testing), "registry": registry, "mien": mien}
    exec(compile(example, "<docstring>", "exec"), names)


def test_blank_frames() -> None:
    frame = blank_frame(32, 24, value=7, index=3, time=1.5)
    assert frame.image.shape == (24, 32, 3)
    assert (frame.image == 7).all()
    assert (frame.index, frame.time) == (3, 1.5)


def test_a_scripted_file_has_times_and_a_length() -> None:
    with ScriptedSource([blank_frame(32, 24).image] * 5, rate=10, name="clip") as source:
        assert [frame.time for frame in source] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
        assert [frame.index for frame in source] == list(range(5)), "can be read again"
    assert source.closed
    info = source.info
    assert (info.name, info.kind, info.width, info.height) == ("clip", "file", 32, 24)
    assert (info.rate, info.duration, info.frame_count) == (10, 0.5, 5)


def test_scripted_stills_have_no_time() -> None:
    source = ScriptedSource([blank_frame().image] * 2, kind="pictures")
    assert [(frame.index, frame.time) for frame in source] == [(0, 0), (1, 0)]
    assert (source.info.rate, source.info.duration) == (None, None)


def test_scripted_frames_keep_their_time() -> None:
    frames = [Frame(blank_frame().image, 7, 3.25, "mine")]
    assert list(ScriptedSource(frames, kind="live")) == frames


def test_a_script_without_frames() -> None:
    source = ScriptedSource([])
    assert list(source) == []
    assert (source.info.width, source.info.frame_count) == (None, 0)


def test_a_source_that_breaks_off() -> None:
    frames = iter(ScriptedSource([blank_frame().image], breaks="the cable was pulled"))
    assert next(frames).index == 0
    with pytest.raises(PartialSource, match="cable"):
        next(frames)


def test_a_scripted_source_answers_to_no_name() -> None:
    assert not ScriptedSource.accepts("script")


def test_a_detector_without_a_script_finds_the_middle() -> None:
    (face,) = FakeDetector().detect(blank_frame(400, 200).image)
    assert face.box == Box(100, 50, 300, 150)
    assert face.points is not None
    assert ((face.points > (100, 50)) & (face.points < (300, 150))).all()


def test_a_detector_follows_its_script_best_first() -> None:
    detector = FakeDetector([[WEAK, FACE], [FACE], []])
    found = [detector.detect(blank_frame().image) for _ in range(4)]
    assert found == [[FACE, WEAK], [FACE], [], []]


def test_an_empty_script_finds_nothing() -> None:
    assert FakeDetector([]).detect(blank_frame().image) == []


def test_scripts_serve_several_threads() -> None:
    model = FakeClassifier(["happy"] * 50 + ["sad"])
    with ThreadPoolExecutor(8) as pool:
        rows = pool.map(lambda _: model.predict([blank_frame().image])[0], range(60))
    labels = [model.expression(row).label for row in rows]
    assert labels.count("happy") == 50
    assert labels.count("sad") == 10


def test_brightness_chooses_where_no_script_does() -> None:
    crops = [blank_frame(8, 8, value=value).image for value in (0, 128, 255)]
    rows = FakeClassifier().predict(crops)
    assert [FER7[int(row.argmax())] for row in rows] == ["angry", "happy", "neutral"]
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)
    assert FakeClassifier().predict([]).shape == (0, 7)


def test_unsure_and_other_labels() -> None:
    model = FakeClassifier(["no"], labels=["yes", "no"], unsure_below=0.8)
    expression = model.expression(model.predict([blank_frame().image])[0])
    assert (expression.label, expression.unsure) == ("no", True)
    with pytest.raises(UnknownName, match="maybe"):
        FakeClassifier(["maybe"], labels=["yes", "no"])


def test_the_pipeline_runs_on_fakes_alone() -> None:
    analyzer = mien.Analyzer(FakeDetector([[FACE], [], [FACE]]), FakeClassifier(["happy", "sad"]))
    session = analyzer.session()
    results = [session.process(frame) for frame in ScriptedSource([blank_frame().image] * 4)]
    assert [[face.track_id for face in result.faces] for result in results] == [[1], [], [1], [1]]
    expression = results[-1].faces[0].expression
    assert expression is not None
    assert expression.label == "happy", "one frame ago it still was"


def test_fake_landmarks_are_a_face_in_the_box() -> None:
    from mien.landmarks68 import five_points
    from mien.measures.pose import pose

    box = Box(100, 50, 200, 180)
    points = FakeLandmarker().locate(blank_frame().image, box)
    assert points.shape == (68, 2)
    assert points.dtype == np.float32
    assert (points > (100, 50)).all()
    assert (points < (200, 180)).all()
    assert five_points(points)[0, 0] < five_points(points)[1, 0]
    assert pose(FakeLandmarker(roll=20).locate(blank_frame().image, box)).roll == pytest.approx(20, abs=3)
