"""Near copies side by side, to judge with one's own eyes."""

from collections.abc import Sequence

import cv2
import numpy as np

from mien import imageops
from mien.evaluation.leakage import Overlap
from mien.types import Image

TILE = 96
GAP = 8
PAIRS = 60
COLUMNS = 6


def draw(overlaps: Sequence[Overlap], pairs: int = PAIRS, columns: int = COLUMNS) -> Image:
    """A sheet (H, W, 3) BGR of the ``pairs`` near copies that are the least alike, those first.

    Under each pair stands the correlation of its pixels; of mirrored ones the first picture is turned back.
    """
    found = [
        (float(overlap.alike[place]), overlap, int(place))
        for overlap in overlaps
        for place in np.flatnonzero(~overlap.exact)
    ]
    found.sort(key=lambda entry: entry[0])
    tiles = [_tile(overlap, place) for _, overlap, place in found[:pairs]]
    blank = np.full((TILE + 24, 2 * TILE + GAP, 3), 255, np.uint8)
    tiles += [blank] * (-len(tiles) % columns or (0 if tiles else columns))
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _tile(overlap: Overlap, place: int) -> Image:
    tile = np.full((TILE + 24, 2 * TILE + GAP, 3), 255, np.uint8)
    one = overlap.first.samples.images[overlap.one[place]]
    two = overlap.second.samples.images[overlap.two[place]]
    if overlap.mirrored[place]:
        one = np.ascontiguousarray(one[:, ::-1])
    for left, image in ((0, one), (TILE, two)):
        tile[:TILE, left : left + TILE] = imageops.bgr(imageops.resize(image, TILE, TILE))
    text = f"{overlap.alike[place]:.2f}" + (" mirrored" if overlap.mirrored[place] else "")
    cv2.putText(tile, text, (2, TILE + 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (60, 60, 60), 1, cv2.LINE_AA)
    return tile
