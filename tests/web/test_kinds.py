import pytest
from web_fakes import RED, picture

from mien import imageops
from mien.web.kinds import is_picture, video_suffix


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tif"])
def test_pictures_are_known_by_their_content(suffix: str) -> None:
    data = imageops.encode(picture((20, 30, RED)), suffix)
    assert is_picture(data)
    assert video_suffix(data) is None


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\0\0\0\x20ftypisom", ".mp4"),
        (b"\0\0\0\x08wide", ".mp4"),
        (b"\x1aE\xdf\xa3\x01", ".mkv"),
        (b"RIFF\0\0\0\0AVI LIST", ".avi"),
        (b"G" + bytes(187) + b"G", ".ts"),
        (b"\0\0\1\xba", ".mpg"),
        (b"OggS", ".ogv"),
    ],
)
def test_videos_are_known_by_their_content(head: bytes, suffix: str) -> None:
    assert video_suffix(head) == suffix


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"just words",
        b"#EXTM3U\nhttp://10.0.0.1/secret.ts",
        b"ffconcat version 1.0\nfile /etc/passwd",
        b"RIFF\0\0\0\0WAVEfmt ",
    ],
)
def test_playlists_and_other_files_are_no_videos(head: bytes) -> None:
    assert video_suffix(head) is None
    assert not is_picture(head)
