import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.sources._addresses import failure, masked


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://host/path", "rtsp://host/path"),
        ("rtsp://anna:secret@host:554/a", "rtsp://anna:***@host:554/a"),
        ("rtsp://anna:s@e:c/ret@host/a", "rtsp://anna:***@host/a"),
        ("rtsp://:secret@host/a", "rtsp://:***@host/a"),
        ("http://host:8080/@user/live", "http://host:8080/@user/live"),
        ("rtsp://anna:1234@[::1]:554/a", "rtsp://anna:***@[::1]:554/a"),
        ("http://host/a?token=abc&size=2", "http://host/a?token=***&size=2"),
        ("http://host/a?user=anna&PWD=abc#x", "http://host/a?user=anna&PWD=***#x"),
    ],
)
def test_secrets_are_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


@given(st.text(st.characters(categories=("L", "Nd"), include_characters="!$_-:.@"), min_size=1))
def test_no_password_survives(secret: str) -> None:
    password = f"<{secret}>"
    shown = masked(f"rtsp://anna:{password}@host:554/live")
    assert shown == "rtsp://anna:***@host:554/live"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(111, "refused"), "host:554 refused the connection"),
        (av.error.HTTPUnauthorizedError(401, "Unauthorized"), "credentials"),
        (av.error.HTTPNotFoundError(404, "Not found"), "no stream at this path"),
        (av.error.ExitError(1, "Immediate exit requested"), "did not answer in time"),
        (TimeoutError(110, "timed out"), "did not answer in time"),
        (av.error.InvalidDataError(1, "Invalid data"), "not with a video stream"),
        (OSError(5, "Input/output error"), r"\(Input/output error\). Check the address"),
        (ValueError("odd"), r"\(ValueError\). Check the address"),
    ],
)
def test_failures_say_what_to_check_and_hide_the_password(error: Exception, text: str) -> None:
    found = failure("rtsp://anna:secret@host:554/a", error)
    assert found.args
    assert "secret" not in str(found)
    with pytest.raises(type(found), match=text):
        raise found
