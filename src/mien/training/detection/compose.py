"""Learning pictures put together from photographs and made backgrounds, with their faces."""

import itertools

import cv2
import numpy as np
import numpy.typing as npt

from mien.scenes import _backgrounds as backgrounds
from mien.training.detection import windows
from mien.training.detection.faces import Faces, joined, none
from mien.training.detection.options import ComposeOptions
from mien.training.detection.pictures import Album
from mien.types import Floats, Image

Random = np.random.Generator
Piece = tuple[Image, Faces]

PASTED = (9.0, 48.0)
"""Height in pixels of faces that are laid over a picture."""
DECOYS = 0.3
"""The share of pasted pieces that show no face, but something made: smallness alone must not make one."""
BADGES, BADGE = 0.2, (20.0, 140.0)
"""The share of badges among them, and the pixels of their sides."""
FAR = 32.0
"""Up to this height in pixels a face counts as far."""
LARGEST_SCALE = 2.5
"""Enlarging more only shows blur."""
LEAST_SIDE = 12
CLOSE = 250
"""From this side in pixels on, a tile may show its face close up."""


class Composer:
    """Makes pictures of ``album``, its pictures drawn with the probabilities ``shares`` (N,)."""

    def __init__(
        self, album: Album, options: ComposeOptions, shares: npt.NDArray[np.float64] | None = None
    ) -> None:
        self._album, self._options = album, options
        shares = np.ones(len(album)) if shares is None else shares
        self._ends = np.cumsum(shares / shares.sum())
        self._lookalikes = [index for index in range(len(album)) if len(self._mined(index))]

    def picture(self, random: Random, side: int) -> Piece:
        """(side, side, 3) uint8 BGR and its faces, all upright."""
        tiles = int(random.choice(len(self._options.grid_shares), p=self._options.grid_shares)) + 1
        image = np.empty((side, side, 3), np.uint8)
        found = []
        ys, xs = _lines(random, side, tiles), _lines(random, side, tiles)
        for top, bottom in itertools.pairwise(ys):
            for left, right in itertools.pairwise(xs):
                part, faces = self._tile(random, right - left, bottom - top)
                image[top:bottom, left:right] = part
                found.append(faces.moved(1, left, top))
        faces = joined(found)
        if random.random() < self._options.paste:
            faces = self._paste(random, image, faces)
        return image, faces

    def _tile(self, random: Random, width: int, height: int) -> Piece:
        if random.random() < self._options.empty:
            return self._empty(random, width, height), none()
        image, faces = self._cut(random, width, height)
        if random.random() < 0.5:
            return image[:, ::-1], faces.flipped(width)
        return image, faces

    def _cut(self, random: Random, width: int, height: int) -> Piece:
        """A window of a photograph around one of its faces, at a drawn size."""
        index = self._draw(random)
        image, faces = self._album.image(index), self._album.pictures.faces[index]
        scale, middle = self._aim(random, index, min(width, height))
        place = random.uniform(0.1, 0.9, 2) * (width, height)
        if scale * max(image.shape[:2]) <= min(width, height):  # all of it fits: show all of it
            slack = np.array((width, height)) - scale * np.array(image.shape[1::-1])
            place = random.uniform(0, 1, 2) * slack + np.array(middle) * scale
        left, top = np.array(middle) - place / scale
        ground = self._ground(random, width, height)
        cut = window(random, image, (left, top, width / scale, height / scale), ground)
        moved = faces.moved(scale, -left * scale, -top * scale)
        return cut, moved.seen(0, 0, width, height)

    def _aim(self, random: Random, index: int, side: int) -> tuple[float, tuple[float, float]]:
        """The scale, and the place of the photograph that the window is laid around."""
        image, box = self._album.image(index), self._center(random, index)
        if box is None:
            scale = side / max(image.shape[:2]) * random.uniform(0.6, 2)
            return scale, (image.shape[1] * random.random(), image.shape[0] * random.random())
        largest = max(min(self._options.largest, 0.95 * side), self._options.smallest + 1)
        wanted = _between(random, *self._heights(random, side, largest))
        scale = min(wanted / max(float(box[3] - box[1]), 1), LARGEST_SCALE)
        return scale, (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)

    def _center(self, random: Random, index: int) -> Floats | None:
        """The box of a face of a photograph, or of a place that only looks like one; None: it has neither."""
        mined = self._mined(index)
        if len(mined) and random.random() < self._options.mined:
            return np.asarray(mined[random.integers(len(mined))])
        faces = self._album.pictures.faces[index]
        known = np.flatnonzero(faces.trust > 0)
        return np.asarray(faces.boxes[random.choice(known)]) if len(known) else None

    def _mined(self, index: int) -> Floats:
        mined = self._album.pictures.mined
        return mined[index] if mined else none().boxes

    def _heights(self, random: Random, side: int, largest: float) -> tuple[float, float]:
        """Between which heights a tile's face is drawn."""
        smallest = self._options.smallest
        if side >= CLOSE and random.random() < self._options.near:
            return min(0.35 * side, largest), largest
        if random.random() < self._options.far:
            return smallest, max(min(FAR, largest), smallest)
        return smallest, largest

    def _ground(self, random: Random, width: int, height: int) -> Image:
        """What a photograph too small for its tile lies on."""
        if random.random() < 0.3:
            return np.full((height, width, 3), random.integers(0, 256, 3), np.uint8)
        return self._faceless(random, width, height)

    def _empty(self, random: Random, width: int, height: int) -> Image:
        kind = random.random()
        if kind < 0.45:
            return backgrounds.background(random, width, height)
        if kind < 0.55:
            return backgrounds.title(random, width, height)
        if kind < 0.7:
            face = self._face(random)
            if face is not None:
                mixed = backgrounds.scrambled(random, face[0])
                return np.asarray(cv2.resize(mixed, (width, height)), np.uint8)
        return self._faceless(random, width, height)

    def _faceless(self, random: Random, width: int, height: int) -> Image:
        """A part of a photograph that no known face touches; a made background where none is found."""
        index = self._draw(random)
        image, boxes = self._album.image(index), self._album.pictures.faces[index].boxes
        for _ in range(8):
            share = random.uniform(0.15, 0.6)
            wide, high = image.shape[1] * share, min(image.shape[1] * share * height / width, image.shape[0])
            left = random.uniform(0, image.shape[1] - wide)
            top = random.uniform(0, max(image.shape[0] - high, 1))
            if not (
                (boxes[:, 0] < left + wide)
                & (boxes[:, 2] > left)
                & (boxes[:, 1] < top + high)
                & (boxes[:, 3] > top)
            ).any():
                return window(random, image, (left, top, wide, high), np.zeros((height, width, 3), np.uint8))
        return backgrounds.background(random, width, height)

    def _paste(self, random: Random, image: Image, faces: Faces) -> Faces:
        """Lay small faces over ``image``; those that they cover lose trust."""
        side = image.shape[0]
        for _ in range(random.integers(1, 9)):
            if random.random() < DECOYS:
                faces = self._decoy(random, image, faces)
                continue
            piece = self._face(random)
            if piece is None:
                continue
            part, inner = piece
            scale = _between(random, *PASTED) / max(float(inner.heights[0]), 1)
            width, height = (max(round(length * scale), 3) for length in part.shape[1::-1])
            if max(width, height) >= side:
                continue
            small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
            left, top = int(random.integers(0, side - width)), int(random.integers(0, side - height))
            _lay(random, image[top : top + height, left : left + width], np.asarray(small, np.uint8))
            new = inner.moved(scale, left, top)
            faces = joined([_covered(faces, left, top, width, height), new])
        return faces

    def _decoy(self, random: Random, image: Image, faces: Faces) -> Faces:
        """Lay a small thing that is no face over ``image``, or a badge with several in it."""
        most = image.shape[0] - 1
        if random.random() < BADGES:
            made = backgrounds.emblem(random, min(round(_between(random, *BADGE)), most))
        else:
            width, height = (min(round(_between(random, *PASTED) * 1.4), most) for _ in range(2))
            made = self._small(random, width, height)
        height, width = made.shape[:2]
        left, top = random.integers(0, image.shape[1] - width), random.integers(0, image.shape[0] - height)
        _lay(random, image[top : top + height, left : left + width], made)
        return _covered(faces, int(left), int(top), width, height)

    def _small(self, random: Random, width: int, height: int) -> Image:
        kind = random.random()
        if kind < 0.4 and len(self._lookalikes):
            return self._lookalike(random, width, height)
        if kind < 0.55:
            return backgrounds.title(random, width, height)
        if kind < 0.75:
            return self._faceless(random, width, height)
        return backgrounds.background(random, width, height)

    def _lookalike(self, random: Random, width: int, height: int) -> Image:
        """A mined place with some room around it, as it was photographed but for its proportions."""
        index = int(random.choice(self._lookalikes))
        image, places = self._album.image(index), self._mined(index)
        x1, y1, x2, y2 = places[random.integers(len(places))]
        room = random.uniform(0, 0.3) * (y2 - y1)
        place = (x1 - room, y1 - room, x2 - x1 + 2 * room, y2 - y1 + 2 * room)
        return window(random, image, place, np.zeros((height, width, 3), np.uint8))

    def _face(self, random: Random) -> Piece | None:
        """One trusted face with some room around it, and its place in that cut; None if the draw has none."""
        index = self._draw(random)
        faces = self._album.pictures.faces[index]
        known = np.flatnonzero((faces.trust >= 0.6) & (faces.heights >= 20))
        if not len(known):
            return None
        chosen = faces.only(known[[random.integers(len(known))]])
        image = self._album.image(index)
        x1, y1, x2, y2 = chosen.boxes[0]
        room = random.uniform(0.02, 0.45) * (y2 - y1)
        left, top = max(int(x1 - room), 0), max(int(y1 - room), 0)
        right, bottom = min(int(x2 + room) + 1, image.shape[1]), min(int(y2 + room) + 1, image.shape[0])
        if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
            return None
        return image[top:bottom, left:right], chosen.moved(1, -left, -top)

    def _draw(self, random: Random) -> int:
        return min(int(np.searchsorted(self._ends, random.random())), len(self._album) - 1)


def window(random: Random, image: Image, place: windows.Place, ground: Image) -> Image:
    """``ground`` with the window (left, top, width, height) of ``image`` drawn over it where there is one."""
    scale = ground.shape[1] / place[2]
    method = cv2.INTER_AREA if scale < 0.8 else cv2.INTER_LINEAR
    if scale < 0.8 and random.random() < 0.15:
        method = cv2.INTER_LINEAR  # jagged, as cheap cameras and the detector's own scaling make it
    windows.draw(image, place, ground, method)
    return ground


def _lines(random: Random, side: int, tiles: int) -> list[int]:
    """Where a side is cut into ``tiles`` parts, each more or less as long."""
    moves = random.uniform(-0.25, 0.25, tiles - 1)
    inner = [round((line + 1 + move) * side / tiles) for line, move in enumerate(moves)]
    return [0, *inner, side]


def _between(random: Random, low: float, high: float) -> float:
    """Each doubling is as likely as another."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _lay(random: Random, place: Image, part: Image) -> None:
    """Put ``part`` over ``place``: as it is, or fading out towards its border."""
    if random.random() < 0.5:
        place[:] = part
        return
    height, width = part.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    share = np.clip((1.1 - (x**2 + y**2)) * 3, 0, 1)[:, :, None].astype(np.float32)
    place[:] = (part * share + place * (1 - share)).astype(np.uint8)


def _covered(faces: Faces, left: int, top: int, width: int, height: int) -> Faces:
    """``faces`` after something was laid there: touched ones lose trust, hidden ones go."""
    low = np.maximum(faces.boxes[:, :2], (left, top))
    high = np.minimum(faces.boxes[:, 2:], (left + width, top + height))
    hidden = np.prod(np.clip(high - low, 0, None), axis=1)
    share = hidden / np.maximum(np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1), 1e-3)
    trust = np.where(share > 0.15, 0, faces.trust).astype(np.float32)
    return Faces(faces.boxes, faces.points, trust).only(share < 0.6)
