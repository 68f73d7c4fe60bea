from pathlib import Path

import pytest

from mien.errors import BadOption, UnknownName, UsageError
from mien.web.settings import ServerSettings, is_loopback, read


def toml(folder: Path, text: str) -> Path:
    path = folder / "mien.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_the_defaults_hold() -> None:
    found = read()
    assert found.server == ServerSettings()
    assert found.server.only_loopback
    assert not found.server.secure


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    path = toml(
        tmp_path,
        """
        [server]
        port = 9000
        upload_mb = 5
        [analyzer]
        detector = "yunet"
        [sources]
        door = 0
        yard = "rtsp://camera/1"
        [draw]
        bars = false
        [run]
        every = 2
        """,
    )
    found = read(path, {"port": 9001, "host": None}, {"classifier": "mine"})
    assert (found.server.port, found.server.upload_mb, found.server.host) == (9001, 5, "127.0.0.1")
    assert (found.analyzer.detector, found.analyzer.classifier) == ("yunet", "mine")
    assert found.sources == {"door": 0, "yard": "rtsp://camera/1"}
    assert found.style.bars is False


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("[sever]", UnknownName, "Did you mean server"),
        ("[server]\nprot = 1", UnknownName, "Did you mean port"),
        ("[server]\nport = 70000", BadOption, "port=70000"),
        ("[server]\nport = 'x'", BadOption, "port = 'x' does not fit: give a whole number"),
        ("server = 3", BadOption, "wrong kind"),
        ("[server]\nupload_mb = 0", BadOption, "upload_mb=0"),
        ('[server]\ntoken = ""', BadOption, "token is empty"),
        ("[server]\ncert = 'c.pem'", BadOption, "needs its key"),
        ("sources = 'rtsp://camera/1'", BadOption, "sources = 'rtsp://camera/1' is no table"),
        ("[sources]\ndoor = true", BadOption, "door = True"),
        ("[sources.door]\nx = 1", BadOption, "door ="),
        ("[server", UsageError, "not valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        read(toml(tmp_path, text))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_certificate_makes_it_secure() -> None:
    assert ServerSettings(cert="c", key="k").secure
    assert ServerSettings(tls=True).secure
