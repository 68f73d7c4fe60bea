import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from mien import imageops
from mien.errors import SourceError
from mien.types import Image
from mien.web import jpeg


def test_a_frame_is_decoded(portrait: Image) -> None:
    found = jpeg.decode(memoryview(imageops.encode(portrait, ".jpg", 95)))
    assert found.shape == portrait.shape
    assert np.abs(found.astype(int) - portrait).mean() < 3


@pytest.mark.parametrize("progressive", [False, True])
def test_the_size_is_read_from_the_header(progressive: bool) -> None:
    file = io.BytesIO()
    Pillow.new("RGB", (321, 123)).save(file, "JPEG", progressive=progressive, comment=b"x" * 300)
    assert jpeg.size(file.getvalue()) == (321, 123)


def test_fill_bytes_before_a_marker_are_skipped() -> None:
    data = imageops.encode(np.zeros((8, 16, 3), np.uint8))
    assert jpeg.size(data[:2] + b"\xff\xff" + data[2:]) == (16, 8)


def test_a_gray_frame_becomes_colour() -> None:
    assert jpeg.decode(imageops.encode(np.zeros((8, 16), np.uint8))).shape == (8, 16, 3)


@given(st.binary(max_size=60))
def test_noise_is_no_jpeg(noise: bytes) -> None:
    with pytest.raises(SourceError, match="no JPEG"):
        jpeg.size(noise)


def test_a_frame_cut_short_is_refused(portrait: Image) -> None:
    with pytest.raises(SourceError, match="cut short"):
        jpeg.decode(imageops.encode(portrait)[:-100])


def test_damage_inside_is_refused(portrait: Image) -> None:
    data = imageops.encode(portrait)
    start = data.index(b"\xff\xda")
    with pytest.raises(SourceError, match="damaged"):
        jpeg.decode(data[:start] + b"\xff\xd9")


def test_large_frames_are_refused_before_decoding() -> None:
    with pytest.raises(SourceError, match="5000 x 8 pixels"):
        jpeg.decode(imageops.encode(np.zeros((8, 5000, 3), np.uint8)))
    with pytest.raises(SourceError, match="over the limit"):
        jpeg.decode(bytes(jpeg.MAX_BYTES + 1))
