import csv
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from web_fakes import RED, TestClient, app_for, jpeg, settings, visitor

from mien import registry
from mien.errors import MissingExtra
from mien.pipeline import Analyzer
from mien.web.videos import VideoJob

MakeVideo = Callable[..., Path]


def post(client: TestClient, path: Path, query: str = "") -> httpx.Response:
    with path.open("rb") as file:
        return client.post(f"/api/videos{query}", files={"file": (path.name, file)})


def finished(client: TestClient, key: str) -> dict[str, Any]:
    """The status of a video once its worker is through."""
    (job,) = (
        visit.videos[key]
        for visit in client.app.state.service.visits._visits.values()  # type: ignore[attr-defined]
        if key in visit.videos
    )
    job.wait()
    return client.get(f"/api/videos/{key}").json()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds every video job before its first frame until the event is set."""
    opened = threading.Event()
    analyse = VideoJob._analyse

    def wait(job: VideoJob) -> Any:
        assert opened.wait(20)
        return analyse(job)

    monkeypatch.setattr(VideoJob, "_analyse", wait)
    yield opened
    opened.set()


def test_a_video_from_upload_to_downloads(client: TestClient, make_video: MakeVideo) -> None:
    answer = post(client, make_video("clip ä.mp4", frames=12, rate=10))
    assert answer.status_code == 202
    key = answer.json()["id"]
    status = finished(client, key)
    assert status.pop("fps") > 0
    assert status == {
        "id": key,
        "name": "clip ä.mp4",
        "state": "done",
        "done": 1.0,
        "frames": 12,
        "seconds_left": None,
        "error": None,
        "duration": pytest.approx(1.2, abs=0.2),
        "files": ["annotated.mp4", "table.csv", "report.html"],
    }
    timeline = client.get(f"/api/videos/{key}/timeline.json").json()
    assert timeline["people"][0]["times"][0] == 0.0
    table = client.get(f"/api/videos/{key}/table.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert {row["source"] for row in rows} == {"clip ä.mp4"}
    assert client.get(f"/api/videos/{key}/else.txt").status_code == 404


@pytest.mark.skipif("annotated_video" not in registry.names("sinks"), reason="no video sink")
def test_the_annotated_video_comes_in_ranges(client: TestClient, make_video: MakeVideo) -> None:
    key = post(client, make_video(frames=12)).json()["id"]
    assert finished(client, key)["state"] == "done"
    path = f"/api/videos/{key}/annotated.mp4"
    whole = client.get(path)
    assert whole.headers["content-type"] == "video/mp4"
    part = client.get(path, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert whole.content[4:8] == b"ftyp"


@pytest.mark.skipif("report" not in registry.names("sinks"), reason="no report sink")
def test_the_report_cannot_reach_this_site(client: TestClient, make_video: MakeVideo) -> None:
    key = post(client, make_video(frames=12)).json()["id"]
    finished(client, key)
    report = client.get(f"/api/videos/{key}/report.html")
    assert report.status_code == 200
    policy = report.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "drift.mp4" in report.text
    assert str(client.app.state.service.visits.folder) not in report.text  # type: ignore[attr-defined]


def test_a_report_without_its_extra_says_which(
    client: TestClient, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = registry.load

    def without_report(family: str, name: str, **options: Any) -> Any:
        if name in {"report", "annotated_video"}:
            raise MissingExtra(name, "extra")
        return load(family, name, **options)

    monkeypatch.setattr(registry, "load", without_report)
    key = post(client, make_video(frames=4)).json()["id"]
    status = finished(client, key)
    assert (status["state"], status["files"]) == ("done", ["table.csv"])
    answer = client.get(f"/api/videos/{key}/report.html")
    assert answer.status_code == 501
    assert "mien[extra]" in answer.json()["error"]


def test_a_video_that_is_cut_short_is_partial(client: TestClient, make_video: MakeVideo) -> None:
    path = make_video("cut.mp4", frames=60, width=640, height=480)
    # The index must come first, or nothing of a cut file can be read.
    import av

    fast = path.with_name("fast.mp4")
    with av.open(str(path)) as source, av.open(str(fast), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    fast.write_bytes(fast.read_bytes()[: fast.stat().st_size * 6 // 10])
    key = post(client, fast).json()["id"]
    status = finished(client, key)
    assert status["state"] == "partial"
    assert status["error"].startswith("'fast.mp4' is cut short"), "as the visitor calls it"
    assert 0 < status["frames"] < 60
    assert client.get(f"/api/videos/{key}/table.csv").status_code == 200


def test_a_video_that_cannot_be_read_failed(client: TestClient, make_video: MakeVideo) -> None:
    path = make_video("bad.mp4")
    path.write_bytes(path.read_bytes()[:400])
    key = post(client, path).json()["id"]
    status = finished(client, key)
    assert (status["state"], status["frames"]) == ("failed", 0)
    assert status["error"].startswith("'bad.mp4' is not a video")
    answer = client.get(f"/api/videos/{key}/table.csv")
    assert answer.status_code == 404
    assert "failed" in answer.json()["error"]


def test_an_unexpected_failure_is_told_plainly(
    client: TestClient, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Analyzer, "run", lambda *_args, **_more: 1 / 0)
    key = post(client, make_video(frames=4)).json()["id"]
    status = finished(client, key)
    assert status["state"] == "failed"
    assert "ZeroDivisionError" in status["error"]


@pytest.mark.parametrize("data", [b"just words", jpeg((20, 30, RED)), b"#EXTM3U\nfile:///etc/passwd\n"])
def test_what_is_no_video_is_refused(client: TestClient, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    answer = post(client, path)
    assert answer.status_code == 415
    assert "not a video" in answer.json()["error"]


def test_an_unknown_model_is_refused_before_the_upload_is_taken(
    client: TestClient, make_video: MakeVideo
) -> None:
    answer = post(client, make_video(), "?detector=blub")
    assert answer.status_code == 404
    assert not list(client.app.state.service.visits.folder.rglob("upload*"))  # type: ignore[attr-defined]


def test_one_video_at_a_time(client: TestClient, make_video: MakeVideo, gate: threading.Event) -> None:
    path = make_video(frames=4)
    key = post(client, path).json()["id"]
    status = client.get(f"/api/videos/{key}").json()
    assert (status["frames"], status["seconds_left"], status["files"]) == (0, None, [])
    assert client.get(f"/api/videos/{key}/table.csv").status_code == 404
    second = post(client, path)
    assert second.status_code == 202
    later = second.json()["id"]
    waiting = client.get(f"/api/videos/{later}").json()
    assert (waiting["state"], waiting["done"]) == ("waiting", 0.0)
    gate.set()
    assert finished(client, later)["state"] == "done"
    assert client.get(f"/api/videos/{key}").json()["state"] == "done", "the first came first"


def test_a_video_stopped_while_it_waits_lets_the_next_one_through(
    client: TestClient, make_video: MakeVideo, gate: threading.Event
) -> None:
    first, second, third = (post(client, make_video(frames=4)).json()["id"] for _ in range(3))
    assert client.delete(f"/api/videos/{second}").status_code == 204
    gate.set()
    assert finished(client, third)["state"] == "done"
    assert finished(client, first)["state"] == "done"


def test_a_video_stopped_while_it_waits_starts_nothing_beside_the_running_one(
    client: TestClient, make_video: MakeVideo, gate: threading.Event
) -> None:
    _first, second, third, fourth = (post(client, make_video(frames=4)).json()["id"] for _ in range(4))
    for key in (second, third):
        assert client.delete(f"/api/videos/{key}").status_code == 204
    assert client.get(f"/api/videos/{fourth}").json()["state"] == "waiting"
    gate.set()
    assert finished(client, fourth)["state"] == "done"


def test_stopping_removes_everything(
    client: TestClient, make_video: MakeVideo, gate: threading.Event
) -> None:
    key = post(client, make_video(frames=4)).json()["id"]
    folder: Path = client.app.state.service.visits.folder  # type: ignore[attr-defined]
    assert list(folder.rglob("upload*"))
    threading.Timer(0.05, gate.set).start()
    assert client.delete(f"/api/videos/{key}").status_code == 204
    assert client.get(f"/api/videos/{key}").status_code == 404
    assert client.delete(f"/api/videos/{key}").status_code == 404
    assert not list(folder.rglob("upload*"))


def test_jobs_end_with_the_server(make_video: MakeVideo, gate: threading.Event) -> None:
    app = app_for(settings())
    with visitor(app) as client:
        key = post(client, make_video(frames=4)).json()["id"]
        (visit,) = app.state.service.visits._visits.values()
        job = visit.videos[key]
        gate.set()
    assert not job.working
    assert not app.state.service.visits.folder.exists()


def test_a_job_waits_for_a_worker_and_can_be_cancelled_there(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    release = threading.Event()
    with ThreadPoolExecutor(1) as workers:
        workers.submit(release.wait, 20)
        folder = tmp_path / "job"
        folder.mkdir()
        job = VideoJob(folder / "upload.mp4", "a.mp4", Analyzer)
        job.start(workers)
        assert job.status()["done"] == 0.0
        job.remove()
        release.set()
    assert not folder.exists()
