import numpy as np

from mien.labels import FER7
from mien.types import Box, Expression, Face, Frame, FrameResult
from mien.web.timeline import Timeline

FRAME = Frame(np.zeros((1, 1, 3), np.uint8))


def seen(time: float, *faces: tuple[int, str]) -> FrameResult:
    found = []
    for track, label in faces:
        probabilities = np.array([0.4 if name == label else 0.1 for name in FER7], np.float32)
        expression = Expression(FER7, probabilities, unsure=label == "fear")
        found.append(Face(Box(0, 0, 9, 9), 1.0, track_id=track, expression=expression))
    return FrameResult("v", 0, time, 10, 10, tuple(found))


def test_people_have_their_own_course() -> None:
    timeline = Timeline()
    for result in (seen(0.0, (1, "happy")), seen(0.5), seen(1.0, (2, "sad"), (1, "fear"))):
        timeline.write(FRAME, result)
    found = timeline.as_dict()
    assert (found["labels"], found["duration"]) == (list(FER7), 1.0)
    first, second = found["people"]
    assert (first["track_id"], first["times"], first["label"]) == (1, [0.0, 1.0], ["happy", "fear"])
    assert (first["confidence"], first["unsure"]) == ([0.4, 0.4], [False, True])
    assert first["probabilities"]["happy"] == [0.4, 0.1]
    assert (second["track_id"], second["times"]) == (2, [1.0])
    assert timeline.as_dict(2.5)["duration"] == 2.5


def test_without_a_face_there_is_nobody() -> None:
    with Timeline() as timeline:
        timeline.write(FRAME, seen(3.0))
    assert timeline.as_dict() == {"labels": list(FER7), "people": [], "duration": 3.0}
