"""What a file is, by its first bytes: a name can say anything.

Video files are checked before FFmpeg sees them: it also reads playlists, which name other files and
addresses.
"""

from collections.abc import Callable

_HEAD = 512
_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_PICTURES: tuple[Callable[[bytes], bool], ...] = (
    lambda head: head.startswith(b"\xff\xd8\xff"),
    lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    lambda head: head.startswith(b"BM"),
    lambda head: head.startswith((b"II*\0", b"MM\0*")),
    lambda head: head.startswith((b"GIF87a", b"GIF89a")),
)
_VIDEOS: dict[str, Callable[[bytes], bool]] = {
    ".mp4": lambda head: head[4:8] in _MP4_BOXES,
    ".mkv": lambda head: head.startswith(b"\x1aE\xdf\xa3"),
    ".avi": lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI ",
    ".ts": lambda head: head[:1] == b"G" and head[188:189] == b"G",
    ".mpg": lambda head: head.startswith((b"\0\0\1\xba", b"\0\0\1\xb3")),
    ".ogv": lambda head: head.startswith(b"OggS"),
    ".flv": lambda head: head.startswith(b"FLV\1"),
    ".wmv": lambda head: head.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
}


def is_picture(data: bytes) -> bool:
    """Whether ``data`` begins as a JPEG, PNG, WebP, BMP, TIFF or GIF file does."""
    return any(begins(data[:_HEAD]) for begins in _PICTURES)


def video_suffix(head: bytes) -> str | None:
    """The usual suffix of the video container that begins with ``head`` (200 bytes at least), or None."""
    return next((suffix for suffix, begins in _VIDEOS.items() if begins(head)), None)
