import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from mien import imageops
from mien.errors import BadOption, SourceError
from mien.types import Image


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def corner() -> np.ndarray:
    """RGB, 40 wide and 20 high, its top left quarter red."""
    pixels = np.full((20, 40, 3), 255, np.uint8)
    pixels[:10, :20] = (255, 0, 0)
    return pixels


def test_colours_come_as_bgr(corner: np.ndarray) -> None:
    image = imageops.decode(encoded(corner))
    assert image.shape == (20, 40, 3)
    assert image.flags.c_contiguous
    assert image[2, 2].tolist() == [0, 0, 255]


# Where the red quarter lies after each EXIF orientation is undone, as (row, column) of its corner.
@pytest.mark.parametrize(
    ("orientation", "shape", "row", "column"),
    [
        (1, (20, 40), 0, 0),
        (2, (20, 40), 0, -1),
        (3, (20, 40), -1, -1),
        (4, (20, 40), -1, 0),
        (5, (40, 20), 0, 0),
        (6, (40, 20), 0, -1),
        (7, (40, 20), -1, -1),
        (8, (40, 20), -1, 0),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_rotation_is_honoured(
    corner: np.ndarray, kind: str, orientation: int, shape: tuple[int, int], row: int, column: int
) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = imageops.decode(encoded(corner, kind, exif=exif))
    assert image.shape[:2] == shape
    blue, green, red = image[row, column].tolist()
    assert red > 200
    assert max(blue, green) < 90


@pytest.mark.parametrize(
    ("spoilt", "shape"),
    [
        (lambda exif: exif.replace(b"\x1a\x00\x05", b"\x1a\x00\x02"), (40, 20)),  # a fraction called text
        (
            lambda exif: exif.replace(b"MM\x00*", b"XX\x00*"),
            (20, 40),
        ),  # tags that do not begin as they should
    ],
)
def test_damaged_tags_do_not_cost_the_picture(
    corner: np.ndarray, spoilt: Callable[[bytes], bytes], shape: tuple[int, int]
) -> None:
    exif = Pillow.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0
    whole = exif.tobytes()
    broken = spoilt(whole)
    assert broken != whole
    image = imageops.decode(encoded(corner, "WEBP", exif=broken))
    assert image.shape[:2] == shape


def test_pictures_that_another_program_would_draw_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Mock()
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", drawn)
    data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n%%EOF\n"
    with pytest.raises(SourceError, match="not a picture"):
        imageops.decode(data, "loop.jpg")
    drawn.assert_not_called()


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "I;16", "YCbCr"])
def test_every_mode_becomes_bgr(mode: str) -> None:
    gray = Pillow.fromarray(np.tile(np.arange(0, 250, 10, dtype=np.uint8), (20, 1)))
    if mode == "I;16":
        picture = Pillow.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    else:
        picture = gray.convert("RGB").convert(mode) if mode != "L" else gray
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF")
    image = imageops.decode(buffer.getvalue())
    assert (image.shape, image.dtype) == ((20, 25, 3), np.uint8)
    assert image[10, 24].mean() > 200
    assert image[10, 0].mean() < 60


@pytest.mark.parametrize("top", [1, 255, 65535])
def test_floating_point_is_read_in_its_own_range(top: float) -> None:
    pixels = np.tile(np.linspace(0, top, 25, dtype=np.float32), (20, 1))
    pixels[0, 0], pixels[0, 1] = np.nan, np.inf  # as instruments mark what they could not see
    image = imageops.decode(encoded(pixels, "TIFF"))
    assert image[10, :, 0].tolist() == pytest.approx(np.linspace(0, 255, 25), abs=1)
    assert image[0, 0].tolist() == image[0, 1].tolist() == [0, 0, 0]


def test_transparency_is_laid_over_white() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    assert imageops.decode(encoded(pixels)).min() == 255


@pytest.mark.parametrize("shape", [(300, 400), (1, 200_000)])
def test_transparency_is_laid_over_white_in_bands(shape: tuple[int, int]) -> None:
    rgba = np.random.default_rng(4).integers(0, 256, (*shape, 4), np.uint8)
    alpha = rgba[:, :, 3:].astype(np.float32) / 255
    whole = (rgba[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    image = imageops.decode(encoded(rgba))
    assert image.flags.c_contiguous
    assert np.array_equal(image, whole[:, :, ::-1])


def test_a_transparent_picture_takes_little_memory() -> None:
    side = 1500
    data = encoded(np.full((side, side, 4), 100, np.uint8))
    tracemalloc.start()  # sees what NumPy takes
    try:
        imageops.decode(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16 * side * side


def test_a_decoder_that_fails_in_its_own_way_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mien.imageops._upright", Mock(side_effect=RuntimeError("Failed to decode frame 0")))
    with pytest.raises(SourceError, match="damaged or cut short: Failed to decode"):
        imageops.decode(encoded(np.zeros((4, 4, 3), np.uint8)))


def test_a_truncated_jpeg_is_refused(portrait_file: Path) -> None:
    data = portrait_file.read_bytes()
    with pytest.raises(SourceError, match="damaged or cut short"):
        imageops.decode(data[: len(data) // 2], "half.jpg")


@pytest.mark.parametrize(("data", "reason"), [(b"", "0 bytes"), (b"just words", "not a picture")])
def test_what_is_no_picture_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        imageops.decode(data, "x.jpg")


def png_header(width: int, height: int) -> bytes:
    """A PNG that states its size and holds nothing: decoding it whole would fail differently."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    )


@pytest.mark.parametrize("side", [9_000, 10_000, 20_000])
def test_a_huge_picture_is_refused_from_its_header(side: int) -> None:
    with pytest.raises(SourceError, match=r"limit of 80,000,000"):
        imageops.decode(png_header(side, side), "huge.png")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.jpg"):
        imageops.read(tmp_path / "absent.jpg")


def test_paths_may_have_any_letters(tmp_path: Path, corner: np.ndarray) -> None:
    path = tmp_path / "Ünïcødé 表情" / "gesicht.png"
    path.parent.mkdir()
    path.write_bytes(encoded(corner))
    assert imageops.read(path).shape == (20, 40, 3)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(32, 256))
def test_letterbox_fits_and_scales_back(width: int, height: int, long_side: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    padded, scale = imageops.letterbox(image, long_side, 32)
    assert padded.shape[0] % 32 == padded.shape[1] % 32 == 0
    assert max(height, width) * scale == pytest.approx(long_side)
    assert padded.shape[1] >= round(width * scale)
    assert padded.shape[0] >= round(height * scale)
    assert padded.shape[0] - round(height * scale) < 32 + 1
    assert padded.shape[1] - round(width * scale) < 32 + 1


def test_a_point_in_a_letterbox_goes_back_to_the_picture() -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[60:64, 120:124] = 255
    padded, scale = imageops.letterbox(image, 320, 32)
    rows, columns = np.nonzero(padded[:, :, 0] > 128)
    assert (columns.min() / scale, (columns.max() + 1) / scale) == pytest.approx((120, 124), abs=0.5)
    assert (rows.min() / scale, (rows.max() + 1) / scale) == pytest.approx((60, 64), abs=0.5)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1), (6, 5, 3), (6, 5, 4)])
def test_gray_and_bgr_take_any_channels(shape: tuple[int, ...]) -> None:
    image = np.full(shape, 77, np.uint8)
    assert imageops.gray(image).shape == (6, 5)
    assert imageops.bgr(image).shape == (6, 5, 3)
    assert int(imageops.gray(image)[0, 0]) == int(imageops.bgr(image)[0, 0, 0]) == 77


def test_resize_and_encode(portrait: Image) -> None:
    small = imageops.resize(portrait, 100, 50)
    assert small.shape == (50, 100, 3)
    assert imageops.resize(small, 100, 50) is small
    for suffix in (".jpg", ".png", ".webp"):
        assert imageops.decode(imageops.encode(small, suffix)).shape == small.shape


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_picture_too_long_for_its_format_is_named(suffix: str) -> None:
    panorama = np.zeros((2, 70_000, 3), np.uint8)
    with pytest.raises(SourceError, match=rf"70000 x 2 pixels as '{suffix}'.* Use \.png"):
        imageops.encode(panorama, suffix)
    assert imageops.decode(imageops.encode(panorama, ".png")).shape == panorama.shape


@pytest.mark.parametrize("shape", [(1, 1), (4, 5, 1), (4, 5, 3), (4, 5, 4)])
def test_pictures_pass_the_check(shape: tuple[int, ...]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert imageops.check(picture) is picture
    assert imageops.bgr(picture).shape == (*shape[:2], 3)


@pytest.mark.parametrize(
    ("picture", "complaint"),
    [
        (np.zeros((4, 5, 3), np.float32), "float32"),
        (np.zeros((4, 5, 3), np.float64), "float64"),
        (np.zeros((4, 5), bool), "bool"),
        (np.zeros((4, 5), np.uint16), "uint16"),
        (np.zeros((4, 5, 2), np.uint8), r"\(4, 5, 2\)"),
        (np.zeros((3, 4, 5), np.uint8), r"\(3, 4, 5\)"),
        (np.zeros(5, np.uint8), r"\(5,\)"),
        (np.zeros((1, 4, 5, 3), np.uint8), r"\(1, 4, 5, 3\)"),
        (np.zeros((0, 5, 3), np.uint8), r"\(0, 5, 3\)"),
        (np.zeros((4, 0), np.uint8), r"\(4, 0\)"),
        ([[0, 1]], "list"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_picture_is_named(picture: object, complaint: str) -> None:
    for call in (imageops.check, imageops.bgr):
        with pytest.raises(BadOption, match=complaint):
            call(picture)  # type: ignore[operator]


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 4)])
def test_only_bgr_where_colour_is_asked_for(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadOption, match=r"give BGR \(H, W, 3\)"):
        imageops.check(np.zeros(shape, np.uint8), colour=True)
