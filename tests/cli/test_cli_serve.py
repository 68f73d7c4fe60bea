"""``mien serve``: flags become settings, and a real server starts, answers and stops."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mien.web.settings import Settings

Mien = Callable[..., Result]


class Server:
    def __init__(self, settings: Settings, *urls: str) -> None:
        self.settings, self.urls = settings, list(urls)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of each server that would have been started."""
    seen: list[Settings] = []

    def serve(settings: Settings, started: Callable[[Any], None]) -> None:
        seen.append(settings)
        started(Server(settings, "http://127.0.0.1:8000/", "http://10.0.0.5:8000/"))

    monkeypatch.setattr("mien.web.server.serve", serve)
    return seen


def test_flags_become_settings(mien: Mien, served: list[Settings], tmp_path: Path) -> None:
    config = tmp_path / "mien.toml"
    config.write_text("[server]\nport = 9000\nupload_mb = 5\n[sources]\ndoor = 0\n", "utf-8")
    found = mien("serve", "--config", config, "--upload-limit", 7, "--token", "t", "--detector", "yunet")
    assert found.exit_code == 0, found.output
    (chosen,) = served
    assert (chosen.server.port, chosen.server.upload_mb, chosen.server.token) == (9000, 7, "t")
    assert chosen.analyzer.detector == "yunet"
    assert chosen.sources == {"door": 0}


def test_the_address_is_printed(mien: Mien, served: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    found = mien("serve", "--host", "0.0.0.0")
    assert "mien listens on http://127.0.0.1:8000/" in found.stderr
    assert "http://10.0.0.5:8000/" in found.stderr
    assert "--tls" in found.stderr, "phones refuse the camera without it"
    assert found.stdout == ""
    assert opened == []
    found = mien("serve", "--open")
    assert "--tls" not in found.stderr
    assert opened == ["http://127.0.0.1:8000/"]


def test_mistakes_end_with_a_message(mien: Mien, tmp_path: Path) -> None:
    for arguments, code, reason in (
        (("--port", 70000), 2, "port=70000"),
        (("--cert", "c.pem"), 2, "needs its key"),
        (("--config", tmp_path / "absent.toml"), 2, "absent.toml"),
        (("--detector", "harr", "--port", 0), 2, "Did you mean haar"),
        (("--classifier", "vgg_slin", "--port", 0), 2, "Did you mean vgg_slim"),
        (("--measures", "poses", "--port", 0), 2, "Did you mean pose"),
        (("--host", "192.0.2.1", "--port", 0), 1, "Cannot listen on 192.0.2.1"),
    ):
        found = mien("serve", *arguments)
        assert found.exit_code == code
        assert reason in found.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_it_serves_until_ctrl_c_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mien", "serve", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        url = re.search(r"http://\S+", process.stderr.readline())
        assert url is not None
        with urllib.request.urlopen(url[0] + "api/health", timeout=10) as answer:
            assert json.load(answer)["ok"] is True
        request = urllib.request.Request(url[0] + "api/pictures", method="POST")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=10)
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert list(tmp_path.glob("mien-*")) == []
