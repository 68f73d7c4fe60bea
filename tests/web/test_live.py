"""The live socket, inside the process: what is said, and what becomes of nonsense."""

import csv
import errno
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import av
import pytest
from starlette.websockets import WebSocketDisconnect
from web_fakes import BLUE, RED, TestClient, app_for, jpeg, settings, visitor

from mien import imageops
from mien.labels import FER7
from mien.types import Image
from mien.web.live import LiveConnection
from mien.web.messages import pack, unpack
from mien.web.recordings import Recorder

ONE = jpeg((20, 30, RED))


class Live:
    """One end of a live socket."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def say(self, header: dict[str, Any], payload: bytes = b"") -> None:
        self._socket.send_bytes(pack(header, payload))

    def hear(self) -> tuple[dict[str, Any], bytes]:
        header, payload = unpack(self._socket.receive_bytes())
        return header, bytes(payload)

    def ask(self, header: dict[str, Any], payload: bytes = b"") -> dict[str, Any]:
        self.say(header, payload)
        return self.hear()[0]

    def frame(self, data: bytes = ONE, number: int = 7, time: float = 0.0, **more: Any) -> dict[str, Any]:
        return self.ask({"type": "frame", "id": number, "time": time, "dropped": 2, **more}, data)

    def closed(self) -> int:
        with pytest.raises(WebSocketDisconnect) as closed:
            self._socket.receive_bytes()
        return closed.value.code


@contextmanager
def connected(client: TestClient, *, remote: bool = False) -> Iterator[Live]:
    headers = {"x-forwarded-for": "10.0.0.9"} if remote else {}
    with client.websocket_connect("ws://127.0.0.1:8000/api/live", headers=headers) as socket:
        for name, value in socket.extra_headers:
            if name == b"set-cookie":
                client.cookies.set(*value.decode().split(";")[0].split("=", 1))
        live = Live(socket)
        assert live.hear()[0]["type"] == "ready"
        yield live


@pytest.fixture
def live(client: TestClient) -> Iterator[Live]:
    with connected(client) as live:
        yield live


def test_a_connection_is_told_the_models(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        ready, _ = Live(socket).hear()
    assert ready == {
        "type": "ready",
        "detector": "blob",
        "classifier": "colour",
        "labels": list(FER7),
        "landmarker": "",
        "aligner": "eyes",
        "measures": [],
    }


def test_the_address_may_name_the_models(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live?classifier=colour2") as socket:
        ready, _ = Live(socket).hear()
        assert (ready["detector"], ready["classifier"]) == ("blob", "colour2")
        assert Live(socket).frame()["faces"][0]["confidence"] == pytest.approx(0.6, abs=0.01)


def test_an_address_with_an_unknown_model_gets_the_servers_own_and_the_reason(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live?detector=blub") as socket:
        live = Live(socket)
        assert live.hear()[0]["detector"] == "blob"
        error, _ = live.hear()
        assert (error["type"], error["fatal"]) == ("error", False)
        assert "Unknown detector 'blub'" in error["reason"]
        assert live.frame()["type"] == "result"


def test_a_frame_gets_its_result_and_the_crop(live: Live) -> None:
    live.say({"type": "frame", "id": 7, "time": 0.5, "dropped": 2}, jpeg((20, 30, RED), (200, 100, BLUE)))
    header, payload = live.hear()
    assert (header["type"], header["id"], header["dropped"]) == ("result", 7, 2)
    assert (header["frame"], header["time"], header["width"], header["height"]) == (0, 0.5, 320, 240)
    assert [face["label"] for face in header["faces"]] == ["happy", "sad"]
    assert {"decode", "detect", "track", "classify", "smooth", "crop"} <= header["timings"].keys()
    assert "source" not in header
    assert header["crop_of"] in {face["track_id"] for face in header["faces"]}
    assert imageops.decode(payload).shape == (96, 96, 3)


def test_the_crop_of_a_chosen_face(live: Live) -> None:
    two = jpeg((20, 30, RED), (200, 100, BLUE))
    faces = live.frame(two)["faces"]
    for face in faces:
        live.say({"type": "options", "face": face["track_id"]})
        live.say({"type": "frame", "id": 1, "time": 1.0}, two)
        header, payload = live.hear()
        assert header["crop_of"] == face["track_id"]
        blue, _, red = imageops.decode(payload).reshape(-1, 3).mean(axis=0)
        assert (red > blue) == (face["label"] == "happy")


def test_without_a_face_there_is_no_crop(live: Live) -> None:
    live.say({"type": "frame", "id": 1, "time": 0.0}, jpeg())
    header, payload = live.hear()
    assert (header["faces"], header["crop_of"], payload) == ([], None, b"")


def test_tracks_go_on_from_frame_to_frame_and_time_never_back(live: Live) -> None:
    first = live.frame(time=1.0)
    second = live.frame(time=0.2)
    assert first["faces"][0]["track_id"] == second["faces"][0]["track_id"] == 1
    assert (second["frame"], second["time"]) == (1, 1.0)


def test_models_change_without_a_new_connection(live: Live) -> None:
    ready = live.ask({"type": "options", "classifier": "colour2"})
    assert (ready["type"], ready["classifier"], ready["detector"]) == ("ready", "colour2", "blob")
    assert live.frame()["faces"][0]["confidence"] == pytest.approx(0.6, abs=1e-3)


def test_people_keep_their_numbers_whatever_the_models(live: Live) -> None:
    here, there = jpeg((20, 30, RED)), jpeg((240, 150, RED))
    assert [live.frame(data, time=0.1)["faces"][0]["track_id"] for data in (here, there)] == [1, 2]
    live.ask({"type": "options", "classifier": "colour2"})
    answers = [live.frame(data, time=0.2) for data in (there, here, jpeg((130, 90, BLUE)))]
    assert [answer["faces"][0]["track_id"] for answer in answers] == [2, 1, 3]


def test_the_number_of_faces_can_be_limited(live: Live) -> None:
    assert live.ask({"type": "options", "max_faces": 1})["type"] == "ready"
    assert len(live.frame(jpeg((20, 30, RED), (200, 100, BLUE)))["faces"]) == 1


def test_an_unknown_model_is_named_and_the_old_one_stays(live: Live) -> None:
    error = live.ask({"type": "options", "detector": "blub"})
    assert (error["type"], error["fatal"]) == ("error", False)
    assert "Unknown detector 'blub'" in error["reason"]
    assert live.frame()["type"] == "result"


def test_models_that_cannot_be_loaded_are_said_so_and_others_can_be_chosen() -> None:
    chosen = settings()
    app = app_for(type(chosen)(chosen.server, type(chosen.analyzer)("blob", "absent")))
    with (
        visitor(app) as client,
        client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket,
    ):
        live = Live(socket)
        assert "Unknown classifier 'absent'" in live.hear()[0]["reason"]
        assert "Choose a detector" in live.frame()["reason"]
        assert live.ask({"type": "options", "classifier": "colour"})["type"] == "ready"
        assert live.frame()["type"] == "result"


@pytest.mark.parametrize("data", [b"", b"words", ONE[:-200]])
def test_an_unreadable_frame_is_an_error_of_that_frame(live: Live, data: bytes) -> None:
    error = live.frame(data, number=41)
    assert (error["type"], error["id"], error["fatal"]) == ("error", 41, False)
    assert live.frame()["type"] == "result"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"type": "hello"}, "Unknown message type 'hello'"),
        ({"type": "frame", "time": 0}, '"id" is None'),
        ({"type": "frame", "id": 1, "time": "now"}, '"time"'),
        ({"type": "options", "detector": 5}, '"detector" is 5'),
        ({"type": "options", "face": "me"}, '"face"'),
        ({"type": "record", "on": "yes"}, '"on"'),
        ({"type": "source", "target": {}}, '"target"'),
        ({"type": "source", "target": "\ud800.mp4"}, "not JSON"),
        ({"type": "options", "measures": ["\ud800"]}, "not JSON"),
        ({"type": "frame", "time": 0, "id": 10**400}, '"id" is 1000'),
    ],
)
def test_a_malformed_message_ends_the_connection_with_a_reason(
    live: Live, header: dict[str, Any], reason: str
) -> None:
    error = live.ask(header)
    assert (error["type"], error["fatal"]) == ("error", True)
    assert reason in error["reason"]
    assert live.closed() == 1003


def test_a_text_message_is_malformed(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        live = Live(socket)
        live.hear()
        socket.send_text("{}")
        assert "binary" in live.hear()[0]["reason"]
        assert live.closed() == 1003


def test_an_unexpected_failure_is_told_plainly(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(LiveConnection, "_read", fail)
    error = live.frame()
    assert error["fatal"] is True
    assert "ZeroDivisionError" in error["reason"]
    assert "secret" not in error["reason"]
    assert live.closed() == 1011


# recording


def test_a_recording_that_cannot_be_stored_is_said(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("tempfile.mkdtemp", Mock(side_effect=full))
    error = live.ask({"type": "record", "on": True})
    assert "No space left" in error["reason"]
    assert error["fatal"] is False


def test_a_recording_and_its_table(client: TestClient) -> None:
    with connected(client) as live:
        live.frame(time=3.0)
        assert live.ask({"type": "record", "on": True}) == {"type": "recording", "on": True}
        assert "already" in live.ask({"type": "record", "on": True})["reason"]
        for time in (5.0, 5.5):
            live.frame(time=time)
        done = live.ask({"type": "record", "on": False})
        assert (done["on"], done["rows"], done["video"], done["error"]) == (False, 2, False, None)
        assert "No recording" in live.ask({"type": "record", "on": False})["reason"]
    table = client.get(f"/api/recordings/{done['id']}/table.csv").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["frame"], float(row["time"]), row["label"]) for row in rows] == [
        ("0", 0.0, "happy"),
        ("1", 0.5, "happy"),
    ]
    absent = client.get(f"/api/recordings/{done['id']}/video.mp4")
    assert absent.status_code == 404
    assert "no video" in absent.json()["error"]


def test_a_recording_with_its_video(client: TestClient) -> None:
    with connected(client) as live:
        live.ask({"type": "record", "on": True, "video": True})
        for count in range(5):
            live.frame(time=count * 0.1)
        done = live.ask({"type": "record", "on": False})
    assert (done["video"], done["rows"], done["error"]) == (True, 5, None)
    answer = client.get(f"/api/recordings/{done['id']}/video.mp4")
    assert answer.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(answer.content)) as video:
        times = [frame.time for frame in video.decode(video=0)]
    assert times == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4][: len(times)], abs=0.02)
    assert len(times) + done["dropped"] == 5


def test_a_recording_without_a_frame_is_said_to_be_empty(live: Live) -> None:
    live.ask({"type": "record", "on": True})
    assert "Nothing was recorded" in live.ask({"type": "record", "on": False})["reason"]


def test_an_abandoned_recording_leaves_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    discard = Recorder.discard

    def discard_and_tell(recorder: Recorder) -> None:
        discard(recorder)
        gone.set()

    monkeypatch.setattr(Recorder, "discard", discard_and_tell)
    with connected(client) as live:
        live.ask({"type": "record", "on": True})
        live.frame()
    assert gone.wait(10)
    folder: Path = client.app.state.service.visits.folder  # type: ignore[attr-defined]
    assert not [path for path in folder.rglob("*") if path.is_file()]


# sources of the server


@pytest.fixture
def stills(tmp_path: Path, portrait: Image) -> Path:
    """A folder with one large picture: bright all over, so one face fills it."""
    folder = tmp_path / "stills"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg((20, 30, RED), width=2560, height=1920))
    return folder


def test_a_source_is_shown_with_its_pictures(live: Live, stills: Path) -> None:
    live.say({"type": "source", "target": str(stills)})
    header, payload = live.hear()
    assert (header["type"], header["id"], header["dropped"]) == ("result", 0, 0)
    shown = imageops.decode(payload[: header["picture"]])
    assert shown.shape == (960, 1280, 3)
    assert (header["width"], header["height"]) == (1280, 960)
    assert header["faces"][0]["box"] == pytest.approx([10, 15, 40, 45], abs=2)
    assert imageops.decode(payload[header["picture"] :]).shape == (96, 96, 3)
    ended, _ = live.hear()
    assert ended["type"] == "ended"
    again = live.frame()
    assert again["faces"][0]["track_id"] == 1, "the camera's tracks begin anew"


def test_a_file_plays_at_its_own_pace(live: Live, make_video: Any) -> None:
    live.say({"type": "source", "target": str(make_video(frames=5, rate=50))})
    times = []
    while (heard := live.hear()[0])["type"] == "result":
        times.append(heard["time"])
    assert times == pytest.approx([0.0, 0.02, 0.04, 0.06, 0.08], abs=1e-3)
    assert heard["type"] == "ended"


def test_a_source_can_be_stopped_and_recorded(client: TestClient, make_video: Any) -> None:
    with connected(client) as live:
        live.say({"type": "source", "target": str(make_video(frames=300, rate=30))})
        assert live.hear()[0]["type"] == "result"
        live.say({"type": "record", "on": True})
        live.say({"type": "source", "target": None})
        live.say({"type": "frame", "id": 900, "time": 0.0}, ONE)
        while (heard := live.hear()[0]).get("id") != 900:
            assert heard["type"] in {"result", "recording"}
        assert "picture" not in heard
        assert live.ask({"type": "record", "on": False})["rows"] >= 1


def test_frames_while_a_source_is_shown_are_refused(live: Live, make_video: Any) -> None:
    live.say({"type": "source", "target": str(make_video(frames=300, rate=30))})
    live.say({"type": "frame", "id": 900, "time": 0.0}, ONE)
    while (heard := live.hear()[0])["type"] == "result":
        pass
    assert (heard["type"], heard["id"], heard["fatal"]) == ("error", 900, False)


def test_a_source_that_cannot_be_opened_ends_with_the_reason(live: Live) -> None:
    ended = live.ask({"type": "source", "target": "absent.mp4"})
    assert ended["type"] == "ended"
    assert "absent.mp4" in ended["reason"]
    assert live.frame()["type"] == "result"


def test_an_answer_that_cannot_be_said_is_a_failure_in_words(
    live: Live, stills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mien.web.live.pack", _pack_no_result)
    live.say({"type": "source", "target": str(stills)})
    error, _ = live.hear()
    assert (error["type"], error["fatal"]) == ("error", True)
    assert "ValueError" in error["reason"]
    assert live.closed() == 1011


def _pack_no_result(header: dict[str, Any], *payload: bytes) -> bytes:
    if header["type"] == "result":
        raise ValueError("Out of range float values are not JSON compliant")
    return pack(header, *payload)


def test_from_elsewhere_only_named_sources(client: TestClient, stills: Path) -> None:
    with connected(client, remote=True) as live:
        for target in (str(stills), 0, "http://10.0.0.1/x.mjpg"):
            error = live.ask({"type": "source", "target": target})
            assert (error["type"], error["fatal"]) == ("error", False)
            assert "not allowed" in error["reason"]
            assert "door" in error["reason"]
        reason = live.ask({"type": "source", "target": "door"})["reason"]
        assert "'door' cannot be opened" in reason
        assert "door.mp4" not in reason, "where it lies is nobody else's business"
