"""Frames of the live socket: JPEG to pixels, with the limits checked before anything is decoded."""

import cv2
import numpy as np

from mien.errors import SourceError
from mien.types import Image

MAX_SIDE = 4096
MAX_BYTES = 8 * 1024 * 1024
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def decode(data: bytes | memoryview) -> Image:
    """A JPEG as (H, W, 3) BGR uint8.

    Raises `SourceError` where it is none, is cut short, has more than `MAX_BYTES` bytes or a side over
    `MAX_SIDE`.
    """
    if len(data) > MAX_BYTES:
        raise SourceError(
            f"A frame of {len(data):,} bytes is over the limit of {MAX_BYTES:,}. Send it smaller."
        )
    width, height = size(data)
    if max(width, height) > MAX_SIDE:
        raise SourceError(f"A frame of {width} x {height} pixels is over {MAX_SIDE} a side. Send it smaller.")
    if b"\xff\xd9" not in bytes(data[-64:]):
        raise SourceError("The frame's JPEG is cut short: its end marker is missing.")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError("The frame's JPEG is damaged. Send a baseline or progressive JPEG.")
    return np.asarray(image, np.uint8)


def size(data: bytes | memoryview) -> tuple[int, int]:
    """Width and height from the header (ITU-T T.81, B.2.2); `SourceError` where there is none."""
    position = 2
    if bytes(data[:2]) == b"\xff\xd8":
        while position + 9 <= len(data) and data[position] == 0xFF:
            marker = data[position + 1]
            if marker in _START_OF_FRAME:
                height = int.from_bytes(data[position + 5 : position + 7], "big")
                width = int.from_bytes(data[position + 7 : position + 9], "big")
                if width and height:
                    return width, height
                break
            position += _skip(data, position, marker)
    raise SourceError(f"The frame ({len(data)} bytes) is no JPEG that can be read. Send JPEG pictures.")


def _skip(data: bytes | memoryview, position: int, marker: int) -> int:
    if marker == 0xFF:  # a fill byte
        return 1
    if marker in _WITHOUT_LENGTH:
        return 2
    return 2 + int.from_bytes(data[position + 2 : position + 4], "big")
