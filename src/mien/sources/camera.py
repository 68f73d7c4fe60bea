"""Cameras of this machine, through OpenCV."""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import cv2

from mien import imageops
from mien.errors import SourceError
from mien.sources import _devices, _targets
from mien.sources._live import LiveSource, Persistence, Pictures
from mien.sources.base import Target

_LAST = 2**31 - 1
"""The largest index that OpenCV can be asked for."""


class Camera(LiveSource):
    """A camera by its index, ``camera:NAME`` or name. Only the newest frame counts; unplugged, it is awaited.

    ``width``, ``height`` (pixels) and ``rate`` (frames/s) are wishes: the camera takes the nearest it has.
    The other options, in seconds, are those of `mien.sources.network.Network`.
    """

    capture: ClassVar[Callable[[int], Any]] = cv2.VideoCapture
    """Opens the device: OpenCV's class, or whatever has its methods."""

    def __init__(
        self,
        target: Target,
        *,
        width: int | None = None,
        height: int | None = None,
        rate: float | None = None,
        timeout: float = 10.0,
        give_up: float | None = None,
        first_wait: float = 0.5,
        longest_wait: float = 10.0,
    ) -> None:
        self._index = _index_of(target)
        self._wishes = {
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: rate,
        }
        super().__init__(
            f"camera:{self._index}",
            Persistence(timeout, give_up=give_up, first_wait=first_wait, longest_wait=longest_wait),
        )

    @classmethod
    def accepts(cls, target: Target) -> bool:
        return _targets.is_camera(target)

    def _pictures(self, stop: threading.Event) -> Pictures:
        capture = self._open()
        try:
            while not stop.is_set():
                ok, image = capture.read()
                if not ok:
                    raise SourceError(
                        f"Camera {self._index} gives no picture. Check its plug; another program may hold it."
                    )
                yield imageops.bgr(image), None
        finally:
            capture.release()

    def _open(self) -> Any:
        with _devices.quiet():
            capture = type(self).capture(self._index)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"Camera {self._index} cannot be opened. {_known()}")
        if any(self._wishes.values()):  # large pictures come at full rate only as JPEG
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        for prop, value in self._wishes.items():
            if value:
                capture.set(prop, value)
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < math.inf else None  # drivers that do not know say 0, -1 or NaN
        return capture


def cameras() -> list[tuple[int, str]]:
    """(index, name) of this machine's cameras.

    Linux tells them at once, without opening any. Elsewhere the first indices are opened, and the names are
    only "camera 0" ...
    """
    return list((_devices.named() if _devices.are_listed() else _devices.probed()).items())


def _index_of(target: Target) -> int:
    """The camera's index; names may differ in case and be cut short where one camera fits."""
    text = str(target).removeprefix(_targets.CAMERA_PREFIX)
    if isinstance(target, int) or _targets.is_index(text):
        return _within_range(text)
    names = {index: name.casefold() for index, name in _devices.named().items()}
    wanted = text.casefold()
    exact = [index for index, name in names.items() if name == wanted]
    near = [index for index, name in names.items() if wanted and wanted in name]
    if not exact and len(near) != 1:
        problem = f"Several cameras fit '{text}'." if near else f"No camera is named '{text}'."
        raise SourceError(f"{problem} {_known()}")
    return (exact or near)[0]


def _within_range(text: str) -> int:
    """The index ``text``; OpenCV takes 32 bits, and ends the whole process at some of those below 0."""
    with suppress(ValueError):  # Python reads no number of thousands of digits
        if 0 <= (index := int(text)) <= _LAST:
            return index
    raise SourceError(f"Camera {text} cannot be: give an index from 0 to {_LAST}. {_known()}")


def _known() -> str:
    found = ", ".join(f"{index} ({name})" for index, name in cameras())
    return f"Cameras found: {found}." if found else "No camera was found: check the plug and its rights."
