import errno
import re
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_fakes import RED, TestClient, jpeg

from mien.web.uploads import plain_name

BOUNDARY = "multipart/form-data; boundary=b"


def post(client: TestClient, body: bytes, kind: str = BOUNDARY) -> tuple[int, str]:
    answer = client.post("/api/pictures", content=body, headers={"content-type": kind})
    return answer.status_code, answer.json().get("error", "")


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"x", "text/plain", "no multipart form"),
        (b"x", "multipart/form-data", "no multipart form"),
        (b"", BOUNDARY, "no file"),
        (b"nonsense", BOUNDARY, "malformed"),
        (b"", BOUNDARY + "b" * 300, "malformed"),
        (b"--b--\r\n", BOUNDARY, "no file|malformed"),
        (b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n', BOUNDARY, "no file"),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx', BOUNDARY, "cut short"),
    ],
)
def test_a_body_without_a_file_is_refused(client: TestClient, body: bytes, kind: str, reason: str) -> None:
    status, error = post(client, body, kind)
    assert status == 400
    assert re.search(reason, error)


def test_an_upload_over_the_limit_is_refused_by_its_announcement(client: TestClient) -> None:
    answer = client.post("/api/pictures", files={"file": ("a.jpg", bytes(2 * 1024 * 1024))})
    assert answer.status_code == 413
    assert "1 MB" in answer.json()["error"]


def test_an_upload_over_the_limit_is_refused_as_it_comes(client: TestClient) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            sent += 65536
            yield bytes(65536)

    answer = client.post("/api/pictures", content=body(), headers={"content-type": BOUNDARY})
    assert answer.status_code == 413


def test_other_fields_are_left_out(client: TestClient) -> None:
    answer = client.post(
        "/api/pictures", data={"note": "x"}, files={"file": ("ä b.jpg", jpeg((20, 20, RED)))}
    )
    assert answer.status_code == 200
    assert answer.json()["name"] == "ä b.jpg"


@given(st.text())
def test_names_hold_no_folder_and_no_control_characters(name: str) -> None:
    found = plain_name(name)
    assert 0 < len(found) <= 120
    assert not set(found) & set("/\\\0\r\n")


@pytest.mark.parametrize(
    ("name", "plain"), [("C:\\fakepath\\a.jpg", "a.jpg"), ("../../etc/passwd", "passwd"), ("", "upload")]
)
def test_names_are_the_last_part(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_where_nothing_can_be_stored_it_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("tempfile.mkdtemp", Mock(side_effect=full))
    for kind in ("pictures", "videos"):
        answer = client.post(f"/api/{kind}", files={"file": ("a.jpg", jpeg((20, 20, RED)))})
        assert answer.status_code == 507
        assert "No space left" in answer.json()["error"]
