"""A picture on its way into a detector's network: scaled, padded, turned into planes of numbers."""

import threading
from dataclasses import dataclass

import cv2
import numpy as np

from mien.artifact import InputSpec
from mien.types import Floats, Image

ENLARGE = 2
"""How many times a small picture is enlarged at most: at four times, faces that fill it go missing."""
SMALL = 320
"""Pictures of this long side in pixels, or more, are not enlarged: on photographs of 400 pixels that costs
YuNet two points of average precision, for faces that fill them become too large."""
SQUEEZE = 0.03
"""The share of a side that is squeezed away rather than padded, where a picture is scaled anyway: the 360
rows of every wide video become 352 and not 384, a twelfth less to compute."""


@dataclass(frozen=True, slots=True)
class _Buffers:
    """What one thread fills again and again for pictures of one size.

    New ones per frame would make the system hand out and take back megabytes of pages each time, which costs
    as much as a small network. ``tensor`` is (1, channels, H, W), padding in place; ``planes`` is the part of
    it that the picture covers, ``small`` the scaled picture, ``channels`` its colours one by one.
    """

    tensor: Floats
    planes: Floats
    small: Image
    channels: list[Image]


class PictureInput:
    """Fills the tensor that a detector takes. One object may be used by several threads at once.

    ``spec`` states size, colour and scaling. Where it leaves the size free, the picture's longer side becomes
    ``long_side`` pixels and both sides are padded to a multiple of ``multiple``, or, where the picture is
    scaled, squeezed to one that is less than `SQUEEZE` smaller; else it is fitted into the size stated, its
    shape being kept. Padding is black and lies on the right and below.
    """

    def __init__(self, spec: InputSpec, long_side: int, multiple: int) -> None:
        self._spec, self._long_side, self._multiple = spec, long_side, multiple
        self._mean, self._std = (
            np.array(values, np.float32).reshape(-1, 1, 1) for values in (spec.mean, spec.std)
        )
        self._plain = not self._mean.any() and bool((self._std == 1).all())
        self._local = threading.local()

    def fill(self, image: Image) -> tuple[Floats, tuple[float, float]]:
        """The tensor (1, channels, H, W) float32 for ``image`` (H, W, 3) uint8 BGR, and the scales (x, y).

        Pixels of the picture are those of the tensor divided by the scales. These are apart by what
        squeezing, and rounding to whole pixels, make of the sides: with one for both, boxes at the far edge
        of a large picture would be off by several pixels. The next call of this thread fills the same tensor
        again.
        """
        scale = self._scale(*image.shape[:2])
        height, width = (self._side(side, scale) for side in image.shape[:2])
        buffers = self._buffers(height, width)
        cv2.resize(image, (width, height), buffers.small, interpolation=cv2.INTER_LINEAR)
        for plane, channel in zip(buffers.planes, self._channels(buffers), strict=True):
            plane[:] = channel
        if not self._plain:
            np.subtract(buffers.planes, self._mean, out=buffers.planes)
            np.divide(buffers.planes, self._std, out=buffers.planes)
        return buffers.tensor, (width / image.shape[1], height / image.shape[0])

    def _scale(self, height: int, width: int) -> float:
        spec = self._spec
        if not spec.width:
            longest = max(height, width)
            return min(self._long_side / longest, max(min(SMALL / longest, ENLARGE), 1.0))
        return min(spec.width / width, spec.height / height, ENLARGE)

    def _side(self, side: int, scale: float) -> int:
        """How long ``side`` becomes, in whole pixels."""
        scaled = max(round(side * scale), 1)
        excess = scaled % self._multiple
        free = not self._spec.width and scale != 1
        return scaled - excess if free and excess < SQUEEZE * scaled else scaled

    def _buffers(self, height: int, width: int) -> _Buffers:
        known: _Buffers | None = getattr(self._local, "buffers", None)
        if known is None or known.small.shape[:2] != (height, width):
            known = self._local.buffers = self._made(height, width)
        return known

    def _made(self, height: int, width: int) -> _Buffers:
        spec, step = self._spec, self._multiple
        sides = (spec.height, spec.width) if spec.width else (height + -height % step, width + -width % step)
        tensor = np.tile(-self._mean / self._std, (1, 1, *sides))
        return _Buffers(
            tensor,
            tensor[0, :, :height, :width],
            np.empty((height, width, 3), np.uint8),
            [np.empty((height, width), np.uint8) for _ in range(spec.channels)],
        )

    def _channels(self, buffers: _Buffers) -> list[Image]:
        """The scaled picture's planes in the order of ``colour``. Splitting before converting is quickest."""
        if self._spec.colour == "gray":
            cv2.cvtColor(buffers.small, cv2.COLOR_BGR2GRAY, buffers.channels[0])
            return buffers.channels
        cv2.split(buffers.small, buffers.channels)
        return buffers.channels[::-1] if self._spec.colour == "rgb" else buffers.channels
