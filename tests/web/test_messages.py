import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.web.messages import Malformed, client_message, integer, number, pack, text, unpack

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON), st.lists(st.binary(), max_size=3))
def test_what_is_packed_comes_out(header: dict[str, Any], parts: list[bytes]) -> None:
    header = {**header, "type": "frame"}
    found, payload = unpack(pack(header, *parts))
    assert found == header
    assert bytes(payload) == b"".join(parts)


@given(st.binary(max_size=40))
def test_noise_is_malformed_and_nothing_worse(noise: bytes) -> None:
    with pytest.raises(Malformed):
        client_message(noise)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"[]", "no JSON object"),
        (b"{}", '"type"'),
        (b'{"type": 3}', '"type"'),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"type": "frme"}', "Did you mean frame"),
        (b'{"type": "\\ud800"}', "not JSON"),
        (b'{"type": "frame", "id": NaN}', "not JSON"),
        (b'{"type": "frame", "id": 1e999}', "not JSON"),
    ],
)
def test_bad_headers_are_named(header: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        client_message(struct.pack("<I", len(header)) + header)


def test_a_length_beyond_the_message_is_malformed() -> None:
    with pytest.raises(Malformed, match="said to have 99 bytes, but 2"):
        unpack(struct.pack("<I", 99) + b"{}")


@pytest.mark.parametrize("value", [None, "1", True, float("inf"), pytest.param(10**400, id="huge"), []])
def test_a_number_must_be_one(value: Any) -> None:
    with pytest.raises(Malformed, match='"id" is'):
        number({"id": value}, "id")


@pytest.mark.parametrize("value", [None, 1.5, True, -1])
def test_a_whole_number_must_be_one(value: Any) -> None:
    with pytest.raises(Malformed, match='"face" is'):
        integer({"face": value}, "face", optional=False)


def test_what_may_be_absent_may() -> None:
    assert integer({}, "face", optional=True) is None
    assert text({}, "detector") is None
    with pytest.raises(Malformed, match='"detector" is 3'):
        text({"detector": 3}, "detector")


def test_half_a_surrogate_pair_is_said_as_an_escape() -> None:
    message = pack({"reason": "\udcff"})
    assert json.loads(message[4:]) == {"reason": "\udcff"}
