from pathlib import Path

import numpy as np
import pytest

from evaluation.detection_fakes import found
from mien.errors import SourceError
from mien.evaluation import detection_wider as wider
from mien.scenes.base import GivenBox, Scene
from mien.types import Box, Floats

A, B, C = (0, 0, 9, 9), (20, 0, 29, 9), (40, 0, 49, 9)
FAR = (80, 80, 89, 89)


def boxes(*corners: tuple[int, ...]) -> Floats:
    return np.array(corners, np.float32).reshape(-1, 4)


def flags(*values: bool) -> np.ndarray:
    return np.array(values, bool)


def test_all_found_and_nothing_else() -> None:
    value = wider.average_precision([boxes(A, B)], [flags(True, True)], [found((A, 0.9), (B, 0.1))])
    assert value == pytest.approx(1)


def test_by_hand() -> None:
    """Right, false, right, of two faces. Precision 1 up to a recall of .5, then 2/3: 1/2 + 1/2 * 2/3."""
    value = wider.average_precision(
        [boxes(A, B)], [flags(True, True)], [found((A, 0.9), (FAR, 0.5), (B, 0.1))]
    )
    assert value == pytest.approx(5 / 6)


def test_boxes_outside_the_subset_count_neither_way() -> None:
    """B is no face of the subset: the detection on it is no false one."""
    those = [found((B, 0.9), (A, 0.8), (FAR, 0.1))]
    assert wider.average_precision([boxes(A, B)], [flags(True, False)], those) == pytest.approx(1)
    assert wider.average_precision([boxes(A)], [flags(True)], those) == pytest.approx(0.5)


def test_a_face_found_twice_is_found_once() -> None:
    """The better detection takes it, the second is false, though B is free: 1/2 + 1/2 * 2/3."""
    again = (0, 0, 9, 8)
    those = [found((A, 0.9), (again, 0.5), (B, 0.1))]
    assert wider.average_precision([boxes(A, B)], [flags(True, True)], those) == pytest.approx(5 / 6)


def test_scores_are_normalised_over_the_whole_set() -> None:
    """At [10, 20] in one picture and [30] in the other: 0, .5 and 1, in the pictures' own order."""
    first, second = wider.normalised([found((A, 20), (B, 10)), found((C, 30))])
    assert first.scores.tolist() == [0.5, 0]
    assert second.scores.tolist() == [1]
    assert wider.normalised([found()])[0].scores.tolist() == []


def test_pictures_without_faces_or_detections_are_passed_over() -> None:
    """As the evaluation tools do: what is found where no box is given costs nothing."""
    those = [found((A, 0.9)), found((FAR, 0.95)), found()]
    given = [boxes(A), boxes(), boxes(B)]
    value = wider.average_precision(given, [flags(True), flags(), flags(True)], those)
    assert value == pytest.approx(0.5)


def test_thresholds_are_a_thousandth_apart() -> None:
    """A right one just before a false one: taken together they have a precision of 1/2, apart of 1."""
    apart = [found((A, 1.0), (FAR, 0.9985), (B, 0))]
    together = [found((A, 1.0), (FAR, 0.9995), (B, 0))]
    one = [flags(True, False)]
    assert wider.average_precision([boxes(A, B)], one, apart) == pytest.approx(1)
    assert wider.average_precision([boxes(A, B)], one, together) == pytest.approx(0.5)


def test_sides_are_counted_with_one_pixel_more() -> None:
    """10 x 10 against 10 x 5 is exactly .5 so; as plain x2 - x1 it would be 9 * 4 / 81, which is less."""
    half = (0, 0, 9, 4)
    assert wider.average_precision([boxes(A)], [flags(True)], [found((half, 0.9))]) == pytest.approx(1)


def test_an_empty_subset_has_no_figure() -> None:
    assert np.isnan(wider.average_precision([boxes(A)], [flags(False)], [found((A, 0.9))]))


@pytest.fixture
def easy_file(tmp_path: Path) -> Path:
    """``wider_easy_val.mat`` as the evaluation tools have it: cells within cells, places from 1."""
    scipy_io = pytest.importorskip("scipy.io", reason="SciPy writes and reads MATLAB files")

    def cells(*values: object) -> np.ndarray:
        column = np.empty((len(values), 1), object)
        column[:, 0] = [None] * len(values)
        for place, value in enumerate(values):
            column[place, 0] = value
        return column

    (tmp_path / "ground_truth").mkdir()
    path = tmp_path / "ground_truth" / "wider_easy_val.mat"
    content = {
        "event_list": cells("0--Parade", "1--Handshaking"),
        "file_list": cells(cells("0_Parade_a_1", "0_Parade_b_2"), cells("1_Handshaking_c_3")),
        "gt_list": cells(
            cells(np.array([[1], [3]]), np.empty((0, 0))), cells(np.array([[2]], np.uint8))
        ),
    }  # fmt: skip
    scipy_io.savemat(path, content)
    return path


def scene(event: str, name: str, count: int) -> Scene:
    return Scene(Path(event) / f"{name}.jpg", tuple(GivenBox(Box(0, 0, 9, 9)) for _ in range(count)))


def test_the_subsets_are_read_as_they_are_published(easy_file: Path, tmp_path: Path) -> None:
    assert wider.subset_files(tmp_path) == {"easy": easy_file}
    assert wider.subset_files(easy_file.parent) == {"easy": easy_file}
    subset = wider.read_subset(easy_file)
    scenes = [
        scene("1--Handshaking", "1_Handshaking_c_3", 2),
        scene("0--Parade", "0_Parade_a_1", 3),
        scene("0--Parade", "0_Parade_b_2", 1),
    ]
    found_flags = [list(map(bool, each)) for each in wider.members(scenes, subset)]
    assert found_flags == [[False, True], [True, False, True], [False]]


@pytest.mark.parametrize(("name", "count"), [("0_Parade_x_9", 1), ("0_Parade_a_1", 2)])
def test_a_subset_of_another_set_is_refused(easy_file: Path, name: str, count: int) -> None:
    with pytest.raises(SourceError, match=f"0--Parade/{name}"):
        wider.members([scene("0--Parade", name, count)], wider.read_subset(easy_file))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no MATLAB file, though long enough to have a header" * 10,
        b"MATLAB 7.3 MAT-file, Platform: any".ljust(124) + b"\x00\x02IM" + b"\x00" * 600,
    ],
)
def test_what_is_no_subset_file_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wider_easy_val.mat"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"wider_easy_val\.mat.*no subset"):
        wider.read_subset(path)
