from pathlib import Path
from typing import Any

import numpy as np
import pytest

import face_sets
from mien import imageops
from mien.datasets import _check
from mien.datasets.ckplus import CkPlus
from mien.datasets.ckplus48 import CkPlus48
from mien.errors import BadOption, SourceError
from mien.labels import FER7, FER8


def opened(own: Path, **options: object) -> CkPlus:
    return CkPlus(str(own), detector="", **options)  # type: ignore[arg-type]


def test_last_frames_are_the_peak_and_the_first_is_neutral(tmp_path: Path) -> None:
    own = face_sets.ckplus(tmp_path).own
    samples = opened(own).load("all")
    shown = [FER8[target] for target in samples.targets]
    assert shown == [*["disgust"] * 3, "neutral", *["surprise"] * 3, "neutral", *["contempt"] * 3, "neutral"]
    assert samples.names is not None
    first = [Path(str(name)).name for name in samples.names[:4]]
    assert first == [f"S005_001_{frame:08}.png" for frame in (4, 5, 6, 1)]
    assert samples.subjects is not None
    assert samples.subjects.tolist() == ["S005"] * 4 + ["S010"] * 8
    assert samples.groups["sequence"].tolist() == ["001"] * 4 + ["002"] * 4 + ["003"] * 4


def test_contempt_and_neutral_are_a_choice(tmp_path: Path) -> None:
    dataset = opened(face_sets.ckplus(tmp_path).own, contempt=False, neutral=False, peak=1)
    assert dataset.labels == FER7
    assert [FER7[target] for target in dataset.load("all").targets] == ["disgust", "surprise"]


def test_published_numbers_follow_the_options() -> None:
    counts = CkPlus().published["all"]
    assert counts == {
        "angry": 135,
        "disgust": 177,
        "fear": 75,
        "happy": 207,
        "sad": 84,
        "surprise": 249,
        "neutral": 327,
        "contempt": 54,
    }
    assert sum(CkPlus(peak=1, neutral=False).published["all"].values()) == 327
    assert CkPlus(contempt=False).published["all"]["neutral"] == 309


def test_action_units_are_read_of_every_sequence(tmp_path: Path) -> None:
    assert opened(face_sets.ckplus(tmp_path).own).action_units() == {
        "S005/001": {9: 3, 17: 4, 25: 0},
        "S010/002": {1: 0},
        "S010/003": {14: 2},
        "S011/001": {4: 5},
    }


def test_people_and_sequences_are_counted_beside_the_published_numbers(tmp_path: Path) -> None:
    own = face_sets.ckplus(tmp_path).own
    found = _check.check("ckplus", str(own)).tallies
    assert found == {
        "people": (3, 123),
        "sequences": (4, 593),
        "sequences with an expression": (3, 327),
        "sequences with action units": (4, 593),
    }
    next(own.rglob("*_facs.txt")).write_text("x y\n")
    broken = _check.check("ckplus", str(own))
    assert broken.tallies["sequences with action units"] == (3, 593)
    assert broken.usable
    assert broken.parts[0].kinds()["bad action units"]["count"] == 1
    assert _check.check("ckplus", str(tmp_path / "none")).tallies == {}


@pytest.mark.parametrize("text", ["9.0 x\n", "9.0 inf\n", "9.0\n"])
def test_broken_action_units_name_their_file(tmp_path: Path, text: str) -> None:
    own = face_sets.ckplus(tmp_path).own
    path = next(own.rglob("*_facs.txt"))
    path.write_text(text)
    with pytest.raises(SourceError, match=path.name):
        opened(own).action_units()


@pytest.mark.parametrize(
    "name", ["extended-cohn-kanade-images/cohn-kanade-images", "extended-cohn-kanade-images"]
)
def test_folders_have_several_names(tmp_path: Path, name: str) -> None:
    own = face_sets.ckplus(tmp_path).own
    (own / name).parent.mkdir(exist_ok=True)
    (own / "cohn-kanade-images").rename(own / name)
    (own / "Emotion_labels").mkdir()
    (own / "Emotion").rename(own / "Emotion_labels" / "Emotion")
    assert len(opened(own).load("all")) == 12


@pytest.mark.parametrize("text", ["9.0", "3.7", "inf", "angry", ""])
def test_a_label_that_is_none_is_a_fault(tmp_path: Path, text: str) -> None:
    own = face_sets.ckplus(tmp_path).own
    next(own.rglob("*_emotion.txt")).write_text(text)
    with pytest.raises(SourceError, match=r"1 x bad sequence(?s:.)*from 0 to 7 is expected"):
        opened(own).load("all")


def test_a_sequence_without_frames_is_a_fault(tmp_path: Path) -> None:
    own = face_sets.ckplus(tmp_path).own
    for path in sorted((own / "cohn-kanade-images" / "S005" / "001").iterdir())[:4]:
        path.unlink()
    assert len(opened(own, skip_faults=True).load("all")) == 8
    with pytest.raises(SourceError, match="has 2 frames"):
        opened(own).load("all")


def test_labels_without_pictures_are_an_incomplete_set(tmp_path: Path) -> None:
    face_sets.write(tmp_path / "Emotion" / "S005" / "001" / "S005_001_00000011_emotion.txt", ["3"])
    with pytest.raises(SourceError, match="no pictures in extended-cohn"):
        opened(tmp_path).load("all")


def test_a_peak_has_a_frame() -> None:
    with pytest.raises(BadOption, match="peak=0"):
        CkPlus(peak=0)


def test_people_are_drawn_whole(tmp_path: Path) -> None:
    own = tmp_path / "ckplus"
    for person in range(10):
        face_sets.sequence(own, f"S{person:03}", "001", 5, str(1 + person % 7))
    dataset = opened(own, split_by="subject")
    people = [set(samples.subjects) for split in dataset.splits if (samples := dataset.load(split))]  # type: ignore[arg-type]
    assert [len(each) for each in people] == [8, 1, 1]
    assert len(set.union(*people)) == 10


def test_the_small_ones_keep_contempt_apart(tmp_path: Path) -> None:
    own = face_sets.ckplus48(tmp_path).own
    whole, seven = CkPlus48(str(own)), CkPlus48(str(own), contempt=False)
    assert whole.labels == FER8
    assert seven.labels == FER7
    kept = seven.load("all")
    assert {FER7[target] for target in kept.targets} == {"angry", "happy"}
    assert set(kept.rows) < set(whole.load("all").rows)  # the same picture has the same row
    assert kept.subjects is not None
    assert set(kept.subjects) == {"S010", "S011", "S012", "S013"}


def test_the_small_ones_are_981() -> None:
    assert CkPlus48().totals == {"all": 981}
    assert CkPlus48(contempt=False).totals == {"all": 927}
    assert CkPlus48().published["all"]["neutral"] == 0


def test_another_size_is_noted_and_taken(tmp_path: Path) -> None:
    own = face_sets.ckplus48(tmp_path).own
    path = face_sets.put(own / "anger" / "S999_001_00000001.png", 50, 40, colour=False)
    reading = CkPlus48(str(own)).read("all")
    assert [(fault.kind, fault.serious) for fault in reading.faults] == [("other size", False)]
    assert path.name in reading.faults[0].what
    assert len(CkPlus48(str(own)).load("all")) == 37


def test_gray_pictures_keep_their_pixels(tmp_path: Path) -> None:
    own = face_sets.ckplus(tmp_path).own
    samples = opened(own, side=64).load("all")
    assert samples.names is not None
    assert np.array_equal(samples.images[0], imageops.gray(imageops.read(own / str(samples.names[0]))))


def test_names_without_a_person_know_nobody(tmp_path: Path) -> None:
    for name in ("0", "img_1", "anger_2"):
        face_sets.put(tmp_path / "anger" / f"{name}.png", 48, 48)
    assert CkPlus48(str(tmp_path)).load("all").subjects is None


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"side": 0}, "at least one pixel"),
        ({"scale": 0.0}, "a number over 0"),
        ({"scale": float("nan")}, "a number over 0"),
        ({"split_by": "subject", "seed": -1}, "seed=-1 cannot be drawn by"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadOption, match=complaint):
        CkPlus48(**options)
