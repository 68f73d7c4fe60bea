import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from mien.errors import SourceError
from mien.sources.images import Images, natural
from mien.types import Image


def gradient(height: int = 20, width: int = 30) -> Image:
    """A picture whose left half is blue and whose right half is red, in BGR."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = 255
    image[:, width // 2 :, 2] = 255
    return image


def save(path: Path, image: Image | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray((gradient() if image is None else image)[..., ::-1]).save(path)
    return path


def only(path: Path) -> Image:
    with Images(str(path)) as source:
        (frame,) = source
    assert frame.source == str(path)
    assert (frame.index, frame.time) == (0, 0.0)
    assert (frame.image.dtype, frame.image.shape[2]) == (np.uint8, 3)
    return frame.image


def test_a_folder_gives_its_pictures_in_natural_order(tmp_path: Path) -> None:
    folder = tmp_path / "Überblick 写真"
    for name in ("img10.png", "img2.png", "Img1.PNG", "sub/img3.png"):
        save(folder / name)
    (folder / ".img0.png").write_bytes(b"hidden")
    (folder / "notes.txt").write_text("no picture")
    with Images(str(folder)) as source:
        frames = list(source)
        assert source.info.frame_count == 3
    assert [Path(frame.source).name for frame in frames] == ["Img1.PNG", "img2.png", "img10.png"]
    assert [frame.source for frame in frames] == [str(folder / Path(frame.source).name) for frame in frames]
    assert [frame.index for frame in frames] == [0, 1, 2]


@pytest.mark.parametrize(("pattern", "count"), [("*.png", 2), ("**/*.png", 3), ("**", 3), ("img[12].*", 2)])
def test_a_glob_gives_what_it_matches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, count: int
) -> None:
    for name in ("img2.png", "img1.png", "sub/img3.png"):
        save(tmp_path / "photos" / name)
    with Images(str(tmp_path / "photos" / pattern)) as source:
        assert len(list(source)) == count
    monkeypatch.chdir(tmp_path)
    with Images(f"photos/{pattern}") as source:
        sources = [frame.source for frame in source]
    assert sources[0] == str(Path("photos/img1.png"))


def test_a_file_whose_name_looks_like_a_glob_is_a_file(tmp_path: Path) -> None:
    assert only(save(tmp_path / "face[1].png")).shape == (20, 30, 3)


def test_names_that_differ_in_zeros_or_case_only_come_in_one_order() -> None:
    """Whatever order the disk lists them in."""
    names = ["img01.png", "img1.png", "IMG1.png", "img001.png"]
    orders = {tuple(sorted(names[at:] + names[:at], key=natural)) for at in range(4)}
    assert orders == {("IMG1.png", "img001.png", "img01.png", "img1.png")}


def test_of_several_the_good_come_and_the_bad_are_listed(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    bad = tmp_path / "b.jpg"
    bad.write_text("no picture at all")
    save(tmp_path / "c.png")
    with Images(str(tmp_path)) as source:
        for _ in range(2):  # reading again does not list it twice
            assert [frame.index for frame in source] == [0, 1]
        ((path, reason),) = source.failures
    assert path == str(bad)
    assert "not a picture" in reason


def test_closing_ends_the_iteration(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        save(tmp_path / name)
    with Images(str(tmp_path)) as source:
        frames = iter(source)
        next(frames)
    assert list(frames) == []


def test_a_single_picture_tells_its_size(tmp_path: Path) -> None:
    path = save(tmp_path / "one.png")
    with Images(str(path)) as source:
        info = source.info
    assert (info.kind, info.path, info.width, info.height, info.frame_count) == ("pictures", path, 30, 20, 1)


def test_exif_orientation_is_honoured(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned clockwise
    path = tmp_path / "turned.jpg"
    Pillow.fromarray(gradient(64, 96)[..., ::-1]).save(path, exif=exif, quality=95)
    image = only(path)
    assert image.shape == (96, 64, 3)
    assert image[10, 32, 0] > 200  # what was left is now on top
    assert image[-10, 32, 2] > 200


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp", ".tiff"])
def test_other_formats_are_read(tmp_path: Path, suffix: str) -> None:
    image = only(save(tmp_path / f"picture{suffix}", gradient(32, 64)))
    assert image[16, 8, 0] > 200
    assert image[16, -8, 2] > 200


def test_gray_transparent_and_16_bit_pictures_become_bgr(tmp_path: Path) -> None:
    gray, clear, deep = (tmp_path / f"{name}.png" for name in ("gray", "clear", "deep"))
    cv2.imwrite(str(gray), np.full((8, 8), 90, np.uint8))
    cv2.imwrite(str(clear), np.zeros((8, 8, 4), np.uint8))
    cv2.imwrite(str(deep), np.full((8, 8), 32768, np.uint16))
    assert only(gray)[0, 0].tolist() == [90] * 3
    assert only(clear)[0, 0].tolist() == [255] * 3
    assert only(deep)[0, 0].tolist() == [127] * 3


def test_a_truncated_jpeg_is_refused(tmp_path: Path, portrait_file: Path) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes(portrait_file.read_bytes()[:5000])
    with pytest.raises(SourceError, match="damaged or cut short"):
        Images(str(path))


@pytest.mark.parametrize(("data", "reason"), [(b"plain text", "not a picture"), (b"", "0 bytes")])
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "note.jpg"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=reason):
        Images(str(path))


def test_a_huge_picture_is_refused_by_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    path = tmp_path / "huge.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b""))
    with pytest.raises(SourceError, match="limit"):
        Images(str(path))


def test_a_missing_picture_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        Images(str(tmp_path / "absent.jpg"))


def test_a_folder_or_glob_without_pictures_says_what_counts(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"video")
    with pytest.raises(SourceError, match=r"holds no pictures.*\.webp.*mien run FOLDER"):
        Images(str(tmp_path))
    with pytest.raises(SourceError, match=r"matches no pictures.*\.jpeg"):
        Images(str(tmp_path / "*"))


def test_a_pattern_that_cannot_be_searched_says_so(tmp_path: Path) -> None:
    # Systems differ in what they can search; whatever this one says must be a `SourceError`.
    with pytest.raises(SourceError, match=r"\*\*x"):
        Images(str(tmp_path / "**x" / "*.jpg"))


@given(st.lists(st.integers(0, 10_000), unique=True))
def test_natural_order_is_the_order_of_the_numbers(numbers: list[int]) -> None:
    names = [f"frame {number}.jpg" for number in numbers]
    assert sorted(names, key=natural) == [f"frame {number}.jpg" for number in sorted(numbers)]


@given(st.text(), st.text())
def test_any_two_names_can_be_compared(one: str, other: str) -> None:
    assert sorted([one, other], key=natural) in ([one, other], [other, one])
