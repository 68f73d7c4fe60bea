import json

import numpy as np
import pytest

from mien.labels import FER7, FERPLUS8, index_map
from mien.types import Box, Expression, Face, FrameResult, Pose

HAPPY = Expression(FER7, np.array([0.05, 0, 0.05, 0.7, 0.1, 0.05, 0.05], np.float32))


def test_box_measures() -> None:
    box = Box(10, 20, 40, 60)
    assert (box.width, box.height, box.area, box.center) == (30, 40, 1200, (25, 40))
    assert Box(5, 5, 1, 9).area == 0


def test_expression_names_the_most_probable() -> None:
    assert HAPPY.label == "happy"
    assert HAPPY.confidence == pytest.approx(0.7)
    assert list(HAPPY.as_dict()) == list(FER7)


def test_result_is_plain_json() -> None:
    points = np.arange(10, dtype=np.float32).reshape(5, 2)
    face = Face(Box(1.234, 2, 3, 4), 0.98765, points, track_id=2, expression=HAPPY)
    result = FrameResult("clip.mp4", 3, 0.1234567, 640, 480, (face,), {"detect": 1.23456})
    plain = json.loads(json.dumps(result.as_dict()))
    assert plain["time"] == 0.123457
    assert plain["timings"] == {"detect": 1.235}
    assert plain["faces"][0]["box"] == [1.23, 2, 3, 4]
    assert plain["faces"][0]["label"] == "happy"
    assert plain["faces"][0]["probabilities"]["happy"] == pytest.approx(0.7)
    assert plain["faces"][0]["points"][4] == [8, 9]


def test_a_face_without_expression_says_so() -> None:
    plain = FrameResult("a", 0, 0.0, 9, 9, (Face(Box(0, 0, 1, 1), 0.5),)).as_dict()["faces"][0]
    assert (plain["label"], plain["confidence"], plain["unsure"], plain["points"]) == (None,) * 4
    assert (plain["landmarks"], plain["pose"], plain["quality"], plain["measures"]) == (None, None, None, {})


def test_points_pose_and_measures_are_plain_json_too() -> None:
    """Short decimals, and no NaN, which JSON does not know."""
    points = np.full((68, 2), 12.34, np.float32)
    measures = {"roll": 1 / 3, "motion_face": float("nan")}
    face = Face(
        Box(0, 0, 1, 1), 0.5, landmarks=points, pose=Pose(1 / 3, 2, 3), quality=0.51239, measures=measures
    )
    text = json.dumps(FrameResult("a", 0, 0.0, 9, 9, (face,)).as_dict(), allow_nan=False)
    plain = json.loads(text)["faces"][0]
    assert plain["landmarks"] == [[12.34, 12.34]] * 68
    assert "12.34," in text
    assert plain["pose"] == {"roll": 0.33, "yaw": 2, "pitch": 3}
    assert plain["quality"] == 0.5124
    assert plain["measures"] == {"roll": 0.333333, "motion_face": None}


def test_label_sets_map_by_name() -> None:
    assert index_map(FERPLUS8, FER7) == (6, 3, 5, 4, 0, 1, 2, None)
    assert index_map(FER7, FER7) == tuple(range(7))
