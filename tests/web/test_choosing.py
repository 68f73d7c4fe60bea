"""Facial points, alignment and measures, as a visitor asks for them."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_live import Live
from web_fakes import BLUE, RED, FakeCache, TestClient, app_for, jpeg, settings, visitor

from mien import imageops, regions
from mien.config import CLASSIFIER, AnalyzerOptions
from mien.drawing.style import Style
from mien.errors import BadOption, UnknownName
from mien.types import Box, Face, FrameResult
from mien.web import catalogue, recordings
from mien.web.messages import described
from mien.web.models import Models
from mien.web.routes.choosing import Choice
from mien.web.settings import Settings

FACE = jpeg((20, 30, RED))


def test_a_live_visitor_switches_points_and_measures_on_and_off(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        live = Live(socket)
        live.hear()
        plain = live.frame()["faces"][0]
        assert (plain["landmarks"], plain["pose"], plain["measures"]) == (None, None, {})
        ready = live.ask({"type": "options", "landmarker": "mien_68", "measures": ["pose", "geometry"]})
        assert (ready["landmarker"], ready["measures"]) == ("mien_68", ["pose", "geometry"])
        result = live.frame()
        face = result["faces"][0]
        assert len(face["landmarks"]) == 136
        assert all(round(value, 1) == value for value in face["landmarks"])
        assert {"roll", "yaw", "pitch"} == face["pose"].keys()
        assert {"roll", "mouth_width"} <= face["measures"].keys()
        assert {"landmarks", "measure"} <= result["timings"].keys()
        live.ask({"type": "options", "landmarker": "", "measures": []})
        assert live.frame()["faces"][0]["landmarks"] is None


def test_the_address_may_ask_for_measures_too(client: TestClient) -> None:
    path = "ws://127.0.0.1:8000/api/live?landmarker=mien_68&measures=quality&aligner=none"
    with client.websocket_connect(path) as socket:
        live = Live(socket)
        ready, _ = live.hear()
        assert (ready["aligner"], ready["measures"]) == ("none", ["quality"])
        assert 0 <= live.frame()["faces"][0]["quality"] <= 1


@pytest.mark.parametrize("options", [{"landmarker": "mien_86"}, {"measures": ["poes"]}, {"aligner": "ears"}])
def test_what_does_not_exist_is_said_and_the_connection_goes_on(
    client: TestClient, options: dict[str, Any]
) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        live = Live(socket)
        live.hear()
        assert "Unknown" in live.ask({"type": "options", **options})["reason"]
        assert live.frame()["type"] == "result"


def test_measures_are_a_list(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        live = Live(socket)
        live.hear()
        error = live.ask({"type": "options", "measures": "pose"})
        assert error["fatal"]
        assert "list of names" in error["reason"]


def test_from_elsewhere_no_files_are_named() -> None:
    models = Models(AnalyzerOptions("blob", "colour"), FakeCache())
    for part in ({"landmarker": "dlib_68:weights=/etc/passwd"}, {"landmarker": "/srv/points.onnx"}):
        with pytest.raises(BadOption, match="not allowed from another machine"):
            models.analyzer(**part, local=False)


def test_a_recording_has_the_measures_columns(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live?measures=pose") as socket:
        live = Live(socket)
        live.hear()
        live.ask({"type": "record", "on": True})
        live.frame()
        done = live.ask({"type": "record", "on": False})
        for name, value in socket.extra_headers:
            if name == b"set-cookie":
                client.cookies.set(*value.decode().split(";")[0].split("=", 1))
        text = client.get(f"/api/recordings/{done['id']}/table.csv").text.removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text))
    assert {"roll", "yaw", "pitch"} <= row.keys()


def test_a_picture_comes_with_points_and_its_table_with_measures(client: TestClient) -> None:
    query = "?landmarker=mien_68&measures=pose"
    found = client.post(f"/api/pictures{query}", files={"file": ("a.jpg", FACE)}).json()
    (face,) = found["faces"]
    assert len(face["landmarks"]) == 136
    assert face["measures"].keys() == {"roll", "yaw", "pitch"}
    table = client.get(f"/api/pictures/{found['id']}/table.csv").text.removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["yaw"]
    plain, drawn = (
        imageops.decode(client.get(f"/api/pictures/{found['id']}/annotated.jpg{parts}").content)
        for parts in ("", "?draw=points&draw=pose")
    )
    assert np.abs(plain.astype(int) - drawn).max() > 60


def test_an_unknown_part_of_the_picture_is_refused(client: TestClient) -> None:
    found = client.post("/api/pictures", files={"file": ("a.jpg", FACE)}).json()
    answer = client.get(f"/api/pictures/{found['id']}/annotated.jpg?draw=pionts")
    assert answer.status_code == 404
    assert "points" in answer.json()["error"]
    with pytest.raises(UnknownName):
        Choice(draw=["pionts"])
    assert Choice(draw=["regions"]).style(Style()) == Style(regions=True)


def test_a_face_too_poor_to_be_read_is_still_there() -> None:
    chosen = settings()
    options = AnalyzerOptions("blob", "colour", min_quality=1.0)
    chosen = type(chosen)(chosen.server, options)
    with visitor(app_for(chosen)) as client:
        picture = jpeg((20, 30, RED), (200, 100, BLUE))
        query = "?classifier=colour&classifier=colour2"
        found = client.post(f"/api/pictures{query}", files={"file": ("a.jpg", picture)}).json()
    assert [face["expressions"] for face in found["faces"]] == [{}, {}]
    assert all(face["quality"] < 1 for face in found["faces"])


def test_the_catalogue_says_what_there_is_to_choose(client: TestClient) -> None:
    models = client.get("/api/models").json()
    assert {"name": "mien_68", "default": True} in models["landmarkers"]
    assert {"name": "eyes", "default": True} in models["aligners"]
    assert {"pose", "geometry"} <= set(models["measures"])
    assert "dlib_68" not in [entry["name"] for entry in models["landmarkers"]], "it needs weights"


def test_the_catalogue_says_what_is_known_of_detectors(client: TestClient) -> None:
    models = client.get("/api/models").json()
    detectors = {entry["name"]: entry for entry in models["detectors"]}
    assert detectors["mien_face"]["parameters"] > 10_000
    assert detectors["mien_face"]["rights"]
    assert detectors["mien_face"]["labels"] == detectors["haar"]["labels"] == []
    assert detectors["haar"]["figures"] == {}
    assert models["readers"] == {"detector": "detector", "classifier": "colour"}  # the server's own choice


@pytest.mark.parametrize("chosen", ["", "detector"])
def test_where_nobody_was_chosen_the_usual_classifier_reads(chosen: str) -> None:
    offered = catalogue.models(Settings(analyzer=AnalyzerOptions(classifier=chosen)))
    assert offered["readers"]["classifier"] == CLASSIFIER


def test_the_page_draws_by_pythons_own_marks(client: TestClient) -> None:
    marks = client.get("/api/models").json()["marks"]
    assert sorted({index for line in marks["lines"] for index in line["points"]}) == list(range(68))
    assert [region["name"] for region in marks["regions"]] == list(regions.NAMES)
    assert (len(marks["axes"]), 0 < marks["axis"] < 1) == (3, True)
    assert marks["degrees"] == ["pitch", "roll", "yaw"]


def test_a_recorded_video_shows_what_the_visitor_does(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    styles = []

    class Spy(recordings.Recorder):
        def __init__(self, *args: Any, style: Style, **options: Any) -> None:
            styles.append(style)
            super().__init__(*args, style=style, **options)

    monkeypatch.setattr("mien.web.live.Recorder", Spy)
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        live = Live(socket)
        live.hear()
        assert "points" in live.ask({"type": "record", "on": True, "draw": ["pionts"]})["reason"]
        assert live.ask({"type": "record", "on": True, "draw": ["points", "pose"]})["on"]
        live.frame()
        live.ask({"type": "record", "on": False})
    assert styles == [Style(points=True, pose=True)]


def test_points_that_are_no_numbers_are_left_out() -> None:
    face = Face(Box(0, 0, 9, 9), 0.9, landmarks=np.full((68, 2), np.nan, np.float32))
    assert described(FrameResult("", 0, 0.0, 9, 9, (face,)))["faces"][0]["landmarks"] is None


def test_a_videos_table_has_the_measures(client: TestClient, make_video: Any, tmp_path: Path) -> None:
    video = make_video("clip.mp4", frames=4, rate=10)
    with video.open("rb") as file:
        query = "?measures=pose&draw=pose&draw=points"
        key = client.post(f"/api/videos{query}", files={"file": ("clip.mp4", file)}).json()["id"]
    (job,) = (
        visit.videos[key]
        for visit in client.app.state.service.visits._visits.values()  # type: ignore[attr-defined]
        if key in visit.videos
    )
    job.wait()
    table = client.get(f"/api/videos/{key}/table.csv").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert rows
    assert {"roll", "yaw", "pitch"} <= rows[0].keys()
