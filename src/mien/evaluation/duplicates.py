"""Pictures that stand twice: the same bytes, or the same photograph cut, scaled or lit a little differently.

Near duplicates are sought in three steps, each cheaper than the next: a perceptual hash of 64 bits (the signs
of a picture's lowest cosine coefficients, after Zauner, "Implementation and benchmarking of perceptual image
hash functions", 2010), the correlation of thumbnails, and the correlation of the pixels themselves under
small shifts, freed of the light's slow changes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mien import imageops
from mien.datasets.base import Indices
from mien.types import Floats, Image

SIDE = 48
"""Pictures are compared in gray at this size, in pixels."""
HASH_BITS = 64
HASH_APART = 17
"""Pictures whose hashes differ in more bits are not looked at."""
THUMB_SIDE = 16
THUMB_ALIKE = 0.78
"""Pairs whose thumbnails correlate less are not looked at further."""
SHIFT = 4
"""Pixels of `SIDE` by which one picture may be moved against the other, in each direction."""
BLUR = 3.0
"""The light's slow changes are what is left after a Gaussian of so many pixels."""
ALIKE = 0.7
"""From this correlation of the pixels on, two pictures count as near duplicates."""
_ROWS = 64
_STEP = 2048
_BIT_TABLE = np.array([bin(value).count("1") for value in range(1 << 16)], np.uint8)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of near duplicates: ``first`` and ``second`` (M,) count the pictures given from 0.

    ``alike`` (M,) is the correlation of their pixels, `ALIKE` to 1; ``mirrored`` (M,) marks pairs of which
    one is the other's mirror image.
    """

    first: Indices
    second: Indices
    alike: Floats
    mirrored: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)


def digests(images: Iterable[Image]) -> list[bytes]:
    """The BLAKE2 digest of each picture's bytes."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]


class Looks:
    """What pictures are compared by: hashes, thumbnails and pixels. Flat pictures are like nothing."""

    def __init__(self, images: Image) -> None:
        count = len(images)
        self.hashes = np.empty(count, np.uint64)
        self.thumbs = np.empty((count, THUMB_SIDE * THUMB_SIDE), np.float32)
        self.pixels = np.empty((count, SIDE, SIDE), np.uint8)
        for start in range(0, count, _STEP):
            part = slice(start, start + _STEP)
            for slot, image in zip(self.pixels[part], images[part], strict=True):
                slot[:] = imageops.resize(imageops.gray(image), SIDE, SIDE)
            self.hashes[part] = _hashes(self.pixels[part])
            self.thumbs[part] = _thumbs(self.pixels[part])

    def __len__(self) -> int:
        return len(self.hashes)

    def detail(self, index: int, mirrored: bool = False) -> Floats:
        """(SIDE, SIDE): the picture less what a wide Gaussian leaves of it."""
        image = self.pixels[index].astype(np.float32)
        detail = image - cv2.GaussianBlur(image, (0, 0), BLUR)
        return np.ascontiguousarray(detail[:, ::-1]) if mirrored else np.asarray(detail)


def near(first: Looks, second: Looks | None = None) -> Pairs:
    """The near duplicates of ``first`` in ``second``, or within ``first`` itself (each pair once)."""
    other = first if second is None else second
    found = []
    for mirrored in (False, True):
        for i, j in _candidates(first, other, second is None, mirrored):
            alike = _alike(first, other, i, j, mirrored)
            kept = alike >= ALIKE
            found.append((i[kept], j[kept], alike[kept], np.full(int(kept.sum()), mirrored)))
    empty = np.empty(0, np.int64)
    found.append((empty, empty, np.empty(0, np.float32), np.empty(0, bool)))
    return _once(Pairs(*(np.concatenate(column) for column in zip(*found, strict=True))))


def _candidates(
    first: Looks, second: Looks, within: bool, mirrored: bool
) -> Iterator[tuple[Indices, Indices]]:
    """Pairs whose hashes and thumbnails are alike, block by block: all against all, in little memory."""
    turned = first.hashes ^ _MIRROR if mirrored else first.hashes
    thumbs = _turned(first.thumbs) if mirrored else first.thumbs
    for start in range(0, len(first), _ROWS):
        begin = start if within else 0
        apart = bit_count(turned[start : start + _ROWS, None] ^ second.hashes[None, begin:])
        i, j = (places.astype(np.int64) for places in np.nonzero(apart <= HASH_APART))
        i, j = i + start, j + begin
        if within:
            i, j = i[j > i], j[j > i]
        alike = np.einsum("ij,ij->i", thumbs[i], second.thumbs[j]) >= THUMB_ALIKE
        if alike.any():
            yield i[alike], j[alike]


def _alike(first: Looks, second: Looks, i: Indices, j: Indices, mirrored: bool) -> Floats:
    """The highest correlation of one picture's middle with the other under shifts, for each pair."""
    details: dict[int, Floats] = {}
    values = np.empty(len(i), np.float32)
    for place, (one, two) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        if one not in details:
            details[one] = first.detail(one, mirrored)[SHIFT:-SHIFT, SHIFT:-SHIFT]
        scores = cv2.matchTemplate(second.detail(two), details[one], cv2.TM_CCOEFF_NORMED)
        values[place] = scores.max()
    return values


def bit_count(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """How many bits of each word are set."""
    if hasattr(np, "bitwise_count"):
        return np.asarray(np.bitwise_count(words))
    return count_by_table(words)


def count_by_table(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """`bit_count` for NumPy before 2.0."""
    parts = _BIT_TABLE[np.ascontiguousarray(words).view(np.uint16)]
    return np.asarray(parts.reshape(*words.shape, 4).sum(axis=-1, dtype=np.uint8))


def _basis(size: int, count: int) -> Floats:
    """The first ``count`` cosines (DCT-II) over ``size`` places: (count, size)."""
    places = (np.arange(size) + 0.5) / size
    return np.cos(np.pi * np.arange(count)[:, None] * places[None, :]).astype(np.float32)


_FREQUENCIES = 12
_U, _V = np.indices((_FREQUENCIES, _FREQUENCIES)).reshape(2, -1)
_LOWEST = np.lexsort((_U, _U + _V))[1 : HASH_BITS + 1]
"""The coefficients from low to high, without the first, which is the mean."""
_POWERS = np.uint64(1) << np.arange(HASH_BITS, dtype=np.uint64)
_MIRROR = np.bitwise_or.reduce(_POWERS[_V[_LOWEST] % 2 == 1])
"""The bits that change where a picture is mirrored: cosines of odd order along x change their sign."""


def _hashes(pixels: Image) -> npt.NDArray[np.uint64]:
    basis = _basis(SIDE, _FREQUENCIES)
    coefficients = (basis @ pixels.astype(np.float32) @ basis.T).reshape(len(pixels), -1)
    return np.asarray(((coefficients[:, _LOWEST] > 0) * _POWERS).sum(axis=1, dtype=np.uint64))


def _thumbs(pixels: Image) -> Floats:
    """Thumbnails of mean 0 and length 1, so that their product is their correlation; flat ones are 0."""
    step = SIDE // THUMB_SIDE
    small = pixels.reshape(-1, THUMB_SIDE, step, THUMB_SIDE, step).mean(axis=(2, 4), dtype=np.float32)
    flat = small.reshape(len(pixels), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    out: Floats = np.zeros_like(flat)
    np.divide(flat, length, out=out, where=length > 1e-3)
    return out


def _turned(thumbs: Floats) -> Floats:
    return thumbs.reshape(-1, THUMB_SIDE, THUMB_SIDE)[:, :, ::-1].reshape(thumbs.shape)


def _once(pairs: Pairs) -> Pairs:
    """Each pair once, sorted: a nearly symmetric picture is also like the other's mirror image."""
    order = np.lexsort((-pairs.alike, pairs.second, pairs.first))
    i, j = pairs.first[order], pairs.second[order]
    kept = order[np.r_[True, (i[1:] != i[:-1]) | (j[1:] != j[:-1])][: len(order)]]
    return Pairs(pairs.first[kept], pairs.second[kept], pairs.alike[kept], pairs.mirrored[kept])
