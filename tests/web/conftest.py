"""Servers for the tests: inside the process, and real ones on loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from web_fakes import FakeCache, TestClient, app_for, settings, visitor

from mien.artifact import Card, InputSpec
from mien.labels import FER7
from mien.web.models import Models
from mien.web.server import Running, bound_socket


@pytest.fixture
def app() -> FastAPI:
    return app_for(settings())


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A visitor at this machine."""
    with visitor(app) as client:
        yield client


@pytest.fixture
def model_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own models: ``mine``, with a card, and ``broken``, whose card is half."""
    folder = tmp_path / "own models"
    folder.mkdir()
    spec = InputSpec(48, 48, "gray", (0.0,), (255.0,))
    card = Card("mine", "expression", "onnx", FER7, spec, description="a test", rights="CC0")
    for name, text in (("mine", card.as_json()), ("broken", '{"task": "expression"}')):
        (folder / f"{name}.onnx").write_bytes(b"no model")
        (folder / f"{name}.json").write_text(text, "utf-8")
    monkeypatch.setenv("MIEN_MODELS", str(folder))
    return folder


Serving = Callable[..., AbstractContextManager[Running]]


@pytest.fixture
def serving() -> Serving:
    """Run a real server on a free port of loopback: ``with serving(grace=1.0) as server``."""

    @contextmanager
    def run(**server: Any) -> Iterator[Running]:
        chosen = settings(**server)
        listens = threading.Event()
        with bound_socket(chosen.server.host, chosen.server.port) as listener:
            running = Running(chosen, listener, lambda _server: listens.set())
            running.config.app.state.service.models = Models(chosen.analyzer, FakeCache())
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                assert listens.wait(20)
                yield running
            finally:
                running.should_exit = True
                thread.join(20)

    return run
