"""The page, its files, and what may be chosen."""

import asyncio
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from web_fakes import ORIGIN, TestClient, app_for, jpeg, settings, visitor

import mien
from mien.labels import FER7
from mien.web import catalogue
from mien.web.routes import general
from mien.web.visits import COOKIE, Visit


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "static"
    (folder / "parts").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>mien</h1>", "utf-8")
    (folder / "parts" / "app.js").write_text("export {};", "utf-8")
    (folder / "style.css").write_text("", "utf-8")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    monkeypatch.setattr(general, "STATIC", folder)
    return folder


def test_visits_begin_in_the_event_loop(static: Path, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads and writes them; a worker thread would change them under its hands."""
    opened: list[bool] = []
    begin = app.state.service.visits.open

    def seen() -> Visit:
        opened.append(asyncio.get_running_loop().is_running())
        return begin()

    monkeypatch.setattr(app.state.service.visits, "open", seen)
    with visitor(app) as client:
        assert client.get("/").status_code == 200
    assert opened == [True]


def test_the_page_begins_a_visit(static: Path, client: TestClient) -> None:
    answer = client.get("/")
    assert answer.text == "<h1>mien</h1>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    (first,) = client.cookies.values()
    client.get("/")
    assert list(client.cookies.values()) == [first], "a reload stays in the visit"


def test_two_servers_on_one_machine_keep_their_visitors_apart(app: FastAPI) -> None:
    with visitor(app) as client:  # one browser: cookies do not know of ports
        key = client.post("/api/pictures", files={"file": ("a.jpg", jpeg())}).json()["id"]
        client.get("http://127.0.0.1:8001/")
        assert client.get(f"/api/pictures/{key}/table.csv").status_code == 200


def test_the_page_works_under_a_proxys_path() -> None:
    """Every address is relative: one from the root would leave ``https://host/mien/``."""
    files = [*general.STATIC.glob("*.js"), *general.STATIC.glob("*.css"), general.STATIC / "index.html"]
    rooted = re.compile(r"""["'`(=]/(?:api|static)/|fetch\("/""")
    assert len(files) > 20
    assert {file.name for file in files if rooted.search(file.read_text("utf-8"))} == set()


def test_an_unchanged_page_is_not_sent_again(static: Path) -> None:
    with visitor(app_for(settings())) as client:
        tag = client.get("/static/style.css").headers["etag"]
        again = client.get("/static/style.css", headers={"if-none-match": tag})
    assert again.status_code == 304
    assert again.headers["cache-control"] == "no-cache"


def test_modules_have_the_type_that_browsers_demand(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimetypes.guess_type", lambda *_args, **_more: ("text/plain", None))
    with visitor(app_for(settings())) as client:
        answer = client.get("/static/parts/app.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/absent.js"])
def test_nothing_beside_the_page_is_served(static: Path, path: str) -> None:
    with visitor(app_for(settings())) as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert "error" in answer.json()


def test_a_page_that_is_missing_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(general, "STATIC", tmp_path / "absent")
    with visitor(app_for(settings())) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Install the package again" in answer.text


def test_plotly_comes_from_its_package(client: TestClient) -> None:
    answer = client.get("/static/plotly.min.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "plotly" in answer.text[:500]


def test_without_plotly_the_extra_is_named(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_name: str) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr(general, "files", absent)
    answer = client.get("/static/plotly.min.js")
    assert answer.status_code == 501
    assert "mien[report]" in answer.json()["error"]


def test_health(client: TestClient) -> None:
    assert client.get("/api/health").json() == {"ok": True, "version": mien.__version__}


def test_unknown_addresses_answer_in_the_protocols_form(client: TestClient) -> None:
    assert client.get("/api/absent").json()["error"].startswith("GET /api/absent: Nothing is here")
    wrong_way = client.put("/api/health")
    assert wrong_way.json()["error"].startswith("PUT /api/health: Not this way")
    assert wrong_way.headers["allow"] == "GET"
    assert client.get("/docs").status_code == 404, "its scripts would come from elsewhere"


def test_a_failure_of_the_server_is_told_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "models", lambda _settings: 1 / 0)
    app = app_for(settings())
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        answer = client.get("/api/models")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in answer.json()["error"]


def test_a_parameter_that_does_not_fit_is_named() -> None:
    app = app_for(settings())

    @app.get("/api/count")
    def count(number: int) -> int:
        return number

    with visitor(app) as client:
        answer = client.get("/api/count?number=x")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("query.number: ")


def test_the_choices_are_listed(client: TestClient, model_folder: Path) -> None:
    found = client.get("/api/models").json()
    assert found["labels"] == list(FER7)
    assert set(found["palette"]) == {*FER7, "unsure", "accent"}
    assert found["limits"] == {"upload_mb": 1}
    mine = next(entry for entry in found["classifiers"] if entry["name"] == "mine")
    assert mine["input"] == {"width": 48, "height": 48, "colour": "gray"}
    assert mine["rights"] == "CC0"
    assert mine["default"] is False
    assert "broken" not in {entry["name"] for entry in found["classifiers"]}
    for entry in found["detectors"]:
        known = {"name", "default", "labels", "options", "input", "description", "rights", "figures"}
        assert entry.keys() - {"parameters"} == known


def test_the_servers_own_choice_is_among_them(model_folder: Path) -> None:
    path = str(model_folder / "mine.onnx")
    found = catalogue.models(settings())["classifiers"]
    assert not any(entry["default"] for entry in found), "the fakes are no models that the registry knows"
    chosen = settings()
    chosen = type(chosen)(chosen.server, type(chosen.analyzer)("blob", path))
    first = catalogue.models(chosen)["classifiers"][0]
    assert (first["name"], first["default"]) == (path, True)


def test_sources_by_name_for_all_and_cameras_for_this_machine(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_cameras", lambda: [{"index": 0, "name": "desk"}])
    named = [{"name": "door"}]
    here = client.get("/api/sources").json()
    assert here == {"named": named, "cameras": [{"index": 0, "name": "desk"}], "any": True}
    elsewhere = client.get("/api/sources", headers={"x-forwarded-for": "10.0.0.9"}).json()
    assert elsewhere == {"named": named, "cameras": [], "any": False}
