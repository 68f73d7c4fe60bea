import base64
import csv
import io
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from web_fakes import BLUE, RED, TestClient, app_for, jpeg, picture, settings, visitor

from mien import imageops
from mien.labels import FER7


def post(client: TestClient, data: bytes, name: str = "a.jpg", query: str = "") -> httpx.Response:
    return client.post(f"/api/pictures{query}", files={"file": (name, data)})


def test_faces_and_what_each_model_says(client: TestClient) -> None:
    image = jpeg((20, 30, RED), (200, 100, BLUE))
    found = post(client, image, query="?detector=blob&classifier=colour&classifier=colour2").json()
    assert (found["name"], found["width"], found["height"], found["detector"]) == ("a.jpg", 320, 240, "blob")
    assert {"decode", "detect", "classify", "compare"} <= found["timings"].keys()
    left, right = sorted(found["faces"], key=lambda face: face["box"][0])
    assert left["box"] == pytest.approx([20, 30, 80, 90], abs=2)
    assert left["expressions"].keys() == {"colour", "colour2"}
    assert left["expressions"]["colour"]["label"] == "happy"
    assert left["expressions"]["colour"]["confidence"] == pytest.approx(0.88, abs=1e-3)
    assert right["expressions"]["colour2"]["label"] == "sad"
    assert right["expressions"]["colour2"]["confidence"] == pytest.approx(0.6, abs=1e-3)
    assert list(right["expressions"]["colour"]["probabilities"]) == list(FER7)
    crop = imageops.decode(base64.b64decode(left["crop"].removeprefix("data:image/png;base64,")))
    assert crop.shape == (96, 96, 3)
    assert crop[:, :, 2].mean() > 200


def test_the_servers_own_models_are_the_default(client: TestClient) -> None:
    found = post(client, jpeg((20, 30, RED))).json()
    assert found["detector"] == "blob"
    assert found["faces"][0]["expressions"].keys() == {"colour"}


def test_no_face_is_a_result(client: TestClient) -> None:
    found = post(client, jpeg(), query="?classifier=colour&classifier=colour2").json()
    assert found["faces"] == []
    rows = client.get(f"/api/pictures/{found['id']}/table.csv").text.splitlines()
    assert len(rows) == 1


def test_a_removed_picture_leaves_nothing(client: TestClient, app: FastAPI) -> None:
    key = post(client, jpeg((20, 30, RED))).json()["id"]
    (visit,) = app.state.service.visits._visits.values()
    folder = visit.pictures[key].folder
    assert folder.is_dir()
    assert client.delete(f"/api/pictures/{key}").status_code == 204
    assert not folder.exists()
    assert client.get(f"/api/pictures/{key}/table.csv").status_code == 404
    assert client.delete(f"/api/pictures/{key}").status_code == 404


def test_the_downloads(client: TestClient) -> None:
    key = post(client, jpeg((20, 30, RED)), name="ein Bild.jpg").json()["id"]
    annotated = client.get(f"/api/pictures/{key}/annotated.jpg")
    assert annotated.headers["content-type"] == "image/jpeg"
    drawn = imageops.decode(annotated.content)
    assert drawn.shape == (240, 320, 3)
    assert np.abs(drawn.astype(int) - picture((20, 30, RED))).max() > 100
    for _ in range(2):  # the second time from the file that the first one wrote
        table = client.get(f"/api/pictures/{key}/table.csv")
    (row,) = csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff")))
    assert (row["source"], row["label"], row["frame"]) == ("ein Bild.jpg", "happy", "0")
    lines = client.get(f"/api/pictures/{key}/results.jsonl").text.splitlines()
    assert json.loads(lines[0])["faces"][0]["label"] == "happy"
    assert client.get(f"/api/pictures/{key}/else.txt").status_code == 404


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_other_formats_work(client: TestClient, suffix: str) -> None:
    data = imageops.encode(picture((20, 30, RED)), suffix)
    assert len(post(client, data, name="a").json()["faces"]) == 1


@pytest.mark.parametrize(
    ("data", "name", "status", "reason"),
    [
        (b"just words", "notes.txt", 415, "not a picture"),
        (b"just words", "photo.jpg", 422, "not a picture"),
        (b"", "photo.jpg", 422, "empty"),
        (jpeg((20, 30, RED))[:-500], "photo.jpg", 422, "damaged"),
        (jpeg((20, 30, RED))[:-500], "photo", 422, "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused(
    client: TestClient, data: bytes, name: str, status: int, reason: str
) -> None:
    answer = post(client, data, name)
    assert answer.status_code == status
    assert reason in answer.json()["error"]


def test_a_huge_picture_is_refused_by_its_header(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imageops, "MAX_PIXELS", 1000)
    answer = post(client, jpeg())
    assert answer.status_code == 422
    assert "320 x 240" in answer.json()["error"]


@pytest.mark.parametrize("query", ["?detector=blub", "?classifier=colour&classifier=coluor"])
def test_unknown_models_are_named(client: TestClient, query: str) -> None:
    answer = post(client, jpeg(), query=query)
    assert answer.status_code == 404
    assert "Unknown" in answer.json()["error"]


def test_another_visitor_reaches_nothing() -> None:
    app = app_for(settings())
    with visitor(app) as owner:
        other = visitor(app)
        key = post(owner, jpeg((20, 30, RED))).json()["id"]
        path = f"/api/pictures/{key}/table.csv"
        assert owner.get(path).status_code == 200
        assert other.get(path).status_code == 404
        post(other, jpeg())
        answer = other.get(path)
        assert answer.status_code == 404
        assert "visit" in answer.json()["error"]


def test_uploads_go_with_the_server() -> None:
    app = app_for(settings())
    folder: Path = app.state.service.visits.folder
    with visitor(app) as client:
        post(client, jpeg())
        assert list(folder.glob("*/*/upload"))
    assert not folder.exists()
