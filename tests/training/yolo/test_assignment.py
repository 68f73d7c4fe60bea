"""Which anchors answer for a face."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mien.training.yolo.assignment import Assigned, assign

pytestmark = pytest.mark.train
ANCHORS = torch.tensor([[20.0, 20.0], [40.0, 40.0], [100.0, 100.0]])


def face(x: float, y: float, width: float = 20.0, height: float = 20.0, picture: int = 0) -> list[float]:
    return [picture, 3, x, y, width, height]


def assigned(*faces: list[float], ratio: float = 1.5, size: tuple[int, int] = (8, 10)) -> Assigned:
    return assign(torch.tensor(faces).view(-1, 6), ANCHORS, 8, size, ratio)


def cells(found: Assigned) -> set[tuple[int, int]]:
    return set(zip(found.column.tolist(), found.row.tolist(), strict=True))


@pytest.mark.parametrize(
    ("x", "y", "wanted"),
    [
        (26.0, 18.0, {(3, 2), (2, 2), (3, 1)}),  # upper left in its cell
        (30.0, 22.0, {(3, 2), (4, 2), (3, 3)}),  # lower right
        (2.0, 2.0, {(0, 0)}),  # the neighbours would lie outside
        (79.0, 63.0, {(9, 7)}),
        (80.0, 64.0, {(9, 7)}),  # on the rim
    ],
)
def test_its_own_cell_and_the_nearer_neighbours(x: float, y: float, wanted: set[tuple[int, int]]) -> None:
    found = assigned(face(x, y))
    assert cells(found) == wanted
    assert found.anchor.unique().tolist() == [0]


def test_every_anchor_that_fits_answers() -> None:
    assert assigned(face(30, 22, 28, 28)).anchor.unique().tolist() == [0, 1]
    assert assigned(face(30, 22, 28, 28), ratio=4.0).anchor.unique().tolist() == [0, 1, 2]
    assert len(assigned(face(30, 22, 20, 90)).anchor) == 0
    assert len(assigned(face(30, 22, 0, 0)).anchor) == 0


def test_faces_keep_their_picture() -> None:
    found = assigned(face(26, 18), face(50, 40, picture=1))
    assert found.picture.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.face.tolist() == [0, 0, 0, 1, 1, 1]


def test_no_face_no_answer() -> None:
    assert len(assigned().face) == 0


coordinates = st.floats(0, 1, width=32)


@given(st.lists(st.tuples(coordinates, coordinates, st.floats(4, 200, width=32)), max_size=6))
def test_every_answering_anchor_can_reach_its_face(places: list[tuple[float, float, float]]) -> None:
    faces = torch.tensor([face(x * 80, y * 64, side, side) for x, y, side in places]).view(-1, 6)
    found = assign(faces, ANCHORS, 8, (8, 10), 4.0)
    goal = faces[found.face]
    offset = goal[:, 2:4] / 8 - torch.stack((found.column, found.row), dim=1)
    assert ((offset >= -0.5) & (offset <= 1.5)).all()
    times = goal[:, 4:] / ANCHORS[found.anchor]
    assert ((times >= 0.25 - 1e-6) & (times <= 4 + 1e-6)).all()
    fits = (faces[:, None, 4:] / ANCHORS).clamp(1 / 4, 4) == faces[:, None, 4:] / ANCHORS
    assert set(found.face.tolist()) == set(fits.all(dim=2).any(dim=1).nonzero().flatten().tolist())
