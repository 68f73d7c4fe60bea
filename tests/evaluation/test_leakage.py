import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from evaluation.made_classifiers import Faces, noise, shifted
from mien import imageops, registry
from mien.cli import evaluate as command
from mien.datasets.base import Samples
from mien.errors import SourceError, UnknownName, UsageError
from mien.evaluation import leakage
from mien.evaluation.duplicate_sheet import draw
from mien.evaluation.leakage import Part, compare


def part(name: str, images: np.ndarray, targets: list[int], people: list[str] | None = None) -> Part:
    subjects = None if people is None else np.array(people)
    return Part(name, Samples(images, np.array(targets), np.arange(len(targets)) + 100, subjects=subjects))


@pytest.fixture(autouse=True)
def _faces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda family, name: Faces())


def test_exact_and_near_copies_across_parts() -> None:
    images = noise(4)
    test = part("test", np.concatenate([images[:1], shifted(images[1:2]), noise(1, 9)]), [0, 1, 2])
    train = part("train", images, [0, 2, 1, 1])
    counts = compare(test, train).as_dict()
    assert (counts["exact"], counts["near"]) == (1, 1)
    assert (counts["exact_conflicts"], counts["near_conflicts"]) == (0, 1)
    assert counts["share"] == pytest.approx(2 / 3)


def test_copies_with_several_labels_are_all_seen() -> None:
    image = noise(1)
    test = part("test", image, [0])
    train = part("train", np.concatenate([image] * 4), [0, 0, 1, 2])
    overlap = compare(test, train)
    assert overlap.two.tolist() == [0, 2, 3]
    assert overlap.conflict.tolist() == [False, True, True]
    assert overlap.as_dict()["exact"] == 1


def test_copies_within_a_part_count_on_both_sides() -> None:
    image = noise(1)
    one = part("train", np.concatenate([image, noise(2, 5), image, image]), [0, 1, 2, 0, 1])
    overlap = compare(one, one)
    assert overlap.within
    assert list(zip(overlap.one.tolist(), overlap.two.tolist(), strict=True)) == [(0, 3), (0, 4)]
    assert overlap.as_dict()["exact"] == 3
    assert overlap.as_dict()["exact_conflicts"] == 2


def test_labels_are_compared_as_words() -> None:
    images = noise(2)
    samples = [Samples(images, np.array(targets), np.arange(2)) for targets in ([0, 1], [1, 1])]
    test, train = Part("test", samples[0], ("sad", "happy")), Part("train", samples[1], ("happy", "sad"))
    assert compare(test, train).conflict.tolist() == [False, True]


def test_codes_of_people_mean_others_in_another_set() -> None:
    images = noise(2)
    samples = Samples(images, np.array([0, 1]), np.arange(2), subjects=np.array(["S005", "S010"]))
    mine, same, theirs = (Part(of, samples, people_of=of) for of in ("CK+", "CK+", "MMI"))
    assert compare(mine, same).people == ("S005", "S010")
    assert compare(mine, theirs).people is None


def test_people_in_both_parts_are_named_where_they_are_known() -> None:
    first = part("a", noise(2), [0, 0], ["KA", "KL"])
    second = part("b", noise(2, 3), [0, 0], ["KL", "KM"])
    assert compare(first, second).people == ("KL",)
    assert compare(first, first).people is None
    assert compare(first, part("c", noise(1, 4), [0])).people is None


def test_the_audit_takes_every_part_that_can_be_read() -> None:
    found = leakage.audit("faces").as_dict()
    assert list(found["parts"]) == ["Train", "Some"]
    assert list(found["left_out"]) == ["Locked"]
    pairs = [(row["first"], row["second"], row["exact"], row["near"]) for row in found["overlaps"]]
    assert pairs == [("Train", "Train", 0, 0), ("Some", "Some", 0, 0), ("Some", "Train", 1, 1)]
    json.dumps(found, allow_nan=False)


def test_parts_that_were_asked_for_must_be_readable() -> None:
    with pytest.raises(SourceError, match="Locked is not there"):
        leakage.audit("faces", ["Locked"])
    with pytest.raises(UnknownName, match="Train"):
        leakage.audit("faces", ["Trian"])


def test_a_set_of_which_nothing_can_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Samples:
        raise SourceError("gone")

    monkeypatch.setattr(Faces, "load", fail)
    with pytest.raises(SourceError, match=r"No part of Faces can be read. gone"):
        leakage.audit("faces")


def test_a_sheet_shows_near_copies_side_by_side() -> None:
    image = noise(1)
    mirrored = np.ascontiguousarray(shifted(image)[:, :, ::-1])
    overlap = compare(part("a", mirrored, [0]), part("b", image, [0]))
    assert overlap.mirrored.tolist() == [True]
    sheet = draw([overlap])
    left, right = sheet[8:88, 8:88, 0].ravel(), sheet[8:88, 104:184, 0].ravel()
    assert np.corrcoef(left, right)[0, 1] > 0.5
    assert draw([]).min() == 255


def invoke(*words: str) -> Any:
    return CliRunner().invoke(command.app, ["leakage", "--data", "faces", *words])


def test_the_command_shows_counts_and_writes_every_pair(tmp_path: Path) -> None:
    files = ("--pairs", str(tmp_path / "é.csv"), "--sheet", str(tmp_path / "é.png"))
    result = invoke("--json", str(tmp_path / "é.json"), *files)
    assert result.exit_code == 0, result.output
    assert "Some: 5 pictures, 0 of them blank; people not known" in result.stdout
    assert "Locked left out: Locked is not there." in result.stdout
    with (tmp_path / "é.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["first_row"], row["second_row"], row["kind"]) for row in rows] == [
        ("4", "3", "exact"),
        ("1", "4", "near"),
    ]
    assert (rows[0]["first_label"], rows[0]["second_label"]) == ("sad", "angry")
    assert imageops.read(tmp_path / "é.png").shape[2] == 3
    assert json.loads((tmp_path / "é.json").read_text("utf-8"))["overlaps"][2]["near"] == 1


def test_the_command_writes_only_json_to_stdout() -> None:
    result = invoke("--splits", "Some,Train,Some", "--json", "-")
    found = json.loads(result.stdout)
    assert list(found["parts"]) == ["Some", "Train"]
    assert len(found["overlaps"]) == 3


def test_without_pairs_the_table_has_its_columns(tmp_path: Path) -> None:
    assert invoke("--splits", "Some", "--pairs", str(tmp_path / "pairs.csv")).exit_code == 0
    assert (tmp_path / "pairs.csv").read_text().strip() == ",".join(leakage.PAIR_COLUMNS)


def test_pairs_may_have_names_that_are_no_utf8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As old archives leave them."""
    names = np.array(["a.png", "caf\udce9.png"])
    twice = replace(Faces().load("Some").only(np.arange(5) < 2), names=names)
    same = replace(twice, images=twice.images[[0, 0]])
    monkeypatch.setattr(Faces, "load", lambda *_: same)
    assert invoke("--splits", "Some", "--pairs", str(tmp_path / "pairs.csv")).exit_code == 0
    assert "caf\\udce9.png" in (tmp_path / "pairs.csv").read_text("utf-8")


def test_a_sheet_that_is_no_picture_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Faces, "load", lambda *_: pytest.fail("read"))
    result = invoke("--sheet", str(tmp_path / "sheet.foo"))
    assert isinstance(result.exception, UsageError)
    assert "Valid endings" in str(result.exception)


@pytest.mark.parametrize("option", ["--pairs", "--sheet"])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(Faces, "load", lambda *_: pytest.fail("read"))
    result = invoke(option, str(tmp_path / "none" / "pairs.csv"))
    assert isinstance(result.exception, UsageError)


@pytest.mark.data
def test_the_copies_of_fer2013_are_those_that_its_flags_name(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("MIEN_DATA", str(data_folder))
    data = registry.load("datasets", "fer2013")
    test, train = (Part(name, data.load(name)) for name in ("PublicTest", "Training"))
    overlap = compare(test, train)
    exact = overlap.marked(overlap.exact)
    assert set(test.samples.rows[exact]) == set(data.leaked("PublicTest"))
    assert exact.sum() == 280
    near = overlap.marked(~overlap.exact) & ~exact
    assert 350 <= near.sum() <= 430
