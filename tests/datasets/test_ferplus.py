from pathlib import Path

import numpy as np
import pytest

import face_sets
from mien.datasets.fer2013 import Fer2013
from mien.datasets.ferplus import FerPlus
from mien.errors import BadOption, SourceError
from mien.labels import FER7, FERPLUS8

HEADER = f"Usage,Image name,{face_sets.FER_COLUMNS}"


def made(folder: Path, votes: list[str], name: str = "fer{}.png") -> Path:
    """As many rows of Training as ``votes``."""
    own = folder / "fer2013"
    rows = [face_sets.fer_row(0, 20 * row, "Training") for row in range(len(votes))]
    face_sets.write(own / "fer2013.csv", ["emotion,pixels,Usage", *rows])
    lines = [f"Training,{name.format(row)},{each}" for row, each in enumerate(votes)]
    face_sets.write(own / "fer2013new.csv", [HEADER, *lines])
    return own


VOTES = [
    "0,10,0,0,0,0,0,0,0,0",
    "5,0,0,3,2,0,0,0,0,0",  # no majority
    "0,0,0,0,0,0,0,8,2,0",  # contempt
    "0,0,0,0,0,0,0,0,9,1",  # unknown
    "0,0,0,0,2,8,0,0,0,0",
]


def test_a_majority_gives_hard_labels(tmp_path: Path) -> None:
    dataset = FerPlus(str(made(tmp_path, VOTES)))
    samples = dataset.load("Training")
    assert dataset.labels == FERPLUS8
    assert [FERPLUS8[target] for target in samples.targets] == ["happy", "contempt", "disgust"]
    assert samples.rows.tolist() == [0, 2, 4]
    assert samples.soft is None


def test_soft_labels_follow_the_votes(tmp_path: Path) -> None:
    samples = FerPlus(str(made(tmp_path, VOTES)), votes="soft").load("Training")
    assert samples.rows.tolist() == [0, 1, 2, 4]
    assert samples.soft is not None
    assert samples.soft[1, [0, 3]] == pytest.approx([0.625, 0.375])
    assert samples.targets.tolist() == [1, 0, 7, 5]


def test_plain_counts_keep_the_odd_vote(tmp_path: Path) -> None:
    samples = FerPlus(str(made(tmp_path, VOTES)), votes="counts").load("Training")
    assert samples.soft is not None
    assert samples.soft[1] == pytest.approx([0.5, 0, 0, 0.3, 0.2, 0, 0, 0])
    assert len(samples) == 4


def test_seven_classes_stand_in_fer2013s_order(tmp_path: Path) -> None:
    dataset = FerPlus(str(made(tmp_path, VOTES)), votes="soft", classes=7)
    samples = dataset.load("Training")
    assert dataset.labels == FER7
    assert [FER7[target] for target in samples.targets] == ["happy", "neutral", "disgust"]
    assert samples.soft is not None
    assert samples.soft.shape == (3, 7)


def test_rows_that_hold_another_picture_are_left_out(tmp_path: Path) -> None:
    own = made(tmp_path, VOTES)
    face_sets.write(
        own / "row_flags.csv", ["row,row_exact,label_ambiguous,exact_dup_in_training", "0,0,0,0", "2,1,1,0"]
    )
    assert FerPlus(str(own)).load("Training").rows.tolist() == [2, 4]


def test_rows_without_a_name_are_no_faces(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no picture that can be used"):
        FerPlus(str(made(tmp_path, VOTES, name=""))).load("Training")


def test_votes_of_another_file_are_noticed(tmp_path: Path) -> None:
    own = made(tmp_path, VOTES)
    lines = (own / "fer2013new.csv").read_text().splitlines()
    face_sets.write(own / "fer2013new.csv", [*lines[:4], lines[4].replace("Training", "PublicTest")])
    with pytest.raises(SourceError, match="2 x no votes"):
        FerPlus(str(own)).load("Training")
    assert FerPlus(str(own), skip_faults=True).load("Training").rows.tolist() == [0, 2]


def test_what_raters_called_no_face_is_known_to_fer2013(tmp_path: Path) -> None:
    own = made(tmp_path, [*VOTES, "0,0,0,0,0,0,0,0,4,6", "3,0,0,0,0,0,0,0,2,5"])
    dataset = Fer2013(str(own))
    assert dataset.faceless("Training").tolist() == [5]  # half of the votes are not the most
    face_sets.write(own / "row_flags.csv", ["row,row_exact", "2,0", "99,0"])
    assert dataset.faceless("Training").tolist() == [2, 5]
    assert dataset.faceless("PublicTest").tolist() == []
    made(tmp_path, VOTES, name="")
    assert dataset.faceless("Training").tolist() == [0, 1, 2, 3, 4]
    (own / "fer2013new.csv").unlink()
    assert dataset.faceless("Training").tolist() == []


@pytest.mark.parametrize("votes", ["1,2", ",".join("x" * 10), "-3" + ",1" * 9, f"{10**30}" + ",1" * 9])
def test_a_broken_row_of_votes_is_named(tmp_path: Path, votes: str) -> None:
    own = made(tmp_path, VOTES)
    face_sets.write(own / "fer2013new.csv", [HEADER, f"Training,b.png,{VOTES[0]}", f"Training,a.png,{votes}"])
    with pytest.raises(SourceError, match="row 1: "):
        FerPlus(str(own)).load("Training")


def test_votes_need_the_table_of_pictures(tmp_path: Path) -> None:
    own = made(tmp_path, VOTES)
    (own / "fer2013.csv").unlink()
    with pytest.raises(SourceError, match="votes belong to rows"):
        FerPlus(str(own)).load("Training")


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(BadOption, match="Valid: majority, soft, counts"):
        FerPlus(votes="mean")
    with pytest.raises(BadOption, match="8 expressions, or 7"):
        FerPlus(classes=6)


@pytest.mark.data
@pytest.mark.timeout(900)  # unpacking takes half a minute of one core
def test_the_published_files_have_their_counts(data_folder: Path) -> None:
    dataset = FerPlus(str(data_folder))
    training, test = (Fer2013.read(dataset, split).samples for split in ("Training", "PublicTest"))
    assert np.bincount(training.targets).tolist() == list(Fer2013().published["Training"].values())
    assert np.bincount(test.targets).tolist() == list(Fer2013().published["PublicTest"].values())
    assert (len(training), len(test)) == (28_709, 3_589)
    assert (training.rows[0], test.rows[0]) == (0, 28_709)
    assert np.isin(dataset.leaked("PublicTest"), test.rows).sum() == 280
    assert np.bincount(dataset.load("PublicTest").targets).tolist() == [1182, 865, 415, 351, 287, 24, 62, 13]
    assert len(dataset.load("Training")) == 25_059


@pytest.mark.parametrize("rule", ["majority", "soft", "counts"])
def test_without_contempt_a_face_of_contempt_is_no_other(tmp_path: Path, rule: str) -> None:
    own = made(tmp_path, ["2,0,0,0,0,0,0,8,0,0", "6,0,0,0,0,0,0,4,0,0"])
    samples = FerPlus(str(own), votes=rule, classes=7).load("Training")
    assert samples.rows.tolist() == [1]
    assert [FER7[target] for target in samples.targets] == ["neutral"]
    if samples.soft is not None:
        assert samples.soft[0].tolist() == np.eye(7)[FER7.index("neutral")].tolist()
