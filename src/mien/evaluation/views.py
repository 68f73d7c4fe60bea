"""Several views of one picture, whose answers are averaged: how the literature's best figures were taken."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mien.types import Image

MARGIN = 4 / 48
"""What ten-crop cuts off, as a share of each side: 44 of 48 pixels stay, as is usual on FER2013."""

View = Callable[[Image], list[Image]]


def single(image: Image) -> list[Image]:
    """The picture as it is."""
    return [image]


def flip(image: Image) -> list[Image]:
    """The picture and its mirror image."""
    return [image, _mirrored(image)]


def ten_crop(image: Image) -> list[Image]:
    """Its four corners and its middle, 11/12 of each side, and their mirror images.

    They are as large as that; the classifier's own preparation brings them to the size of its input.
    """
    height, width = image.shape[:2]
    down, right = round(height * MARGIN), round(width * MARGIN)
    corners = [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]
    crops = [image[y : y + height - down, x : x + width - right] for y, x in corners]
    return [*crops, *map(_mirrored, crops)]


VIEWS: Mapping[str, View] = {"none": single, "flip": flip, "ten-crop": ten_crop}
"""By the name that ``--tta`` takes."""


def together(images: Sequence[Image], view: View) -> tuple[list[Image], int]:
    """All views of all pictures, those of one picture side by side, and how many one has."""
    found = [view(image) for image in images]
    return [each for views in found for each in views], len(found[0]) if found else 1


def _mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])
