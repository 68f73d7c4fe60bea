from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from mien import registry
from mien.datasets.base import Absent, Dataset, Samples
from mien.errors import BadOption, SourceError, UnknownName
from mien.labels import FER7
from mien.training import sets
from mien.training.recipe import DataOptions, Recipe, SetOptions


class Made(Dataset):
    """Eight pictures: one happy, one sad, the rest of contempt; colour, 10 x 10."""

    title: ClassVar[str] = "Made"
    rights: ClassVar[str] = "Ours."
    labels: ClassVar[Any] = ("contempt", "happy", "sad")
    splits: ClassVar[Any] = ("all", "gone", "broken")

    def __init__(self, folder: str = "") -> None:
        self.where = folder

    def load(self, split: str) -> Samples:
        if split == "gone":
            raise Absent("gone")
        if split == "broken":
            raise SourceError("a picture is broken")
        targets = np.array([0, 1, 2, 0, 0, 0, 0, 0])
        images = np.random.default_rng(1).integers(0, 256, (8, 10, 10, 3), np.uint8)
        votes = np.full((8, 3), 0.5, np.float32)
        votes[:, 2] = 0
        return Samples(images, targets, np.arange(8), soft=votes)


@pytest.fixture(autouse=True)
def _made(made_faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load: Callable[..., Any] = registry.load

    def find(family: str, name: str, **options: Any) -> Any:
        return Made(**options) if name == "made" else load(family, name, **options)

    monkeypatch.setattr(registry, "load", find)


def recipe(**data: Any) -> Recipe:
    return Recipe("own", "cnn3", data=DataOptions(**data))


FER = SetOptions("fer2013", train="Training", select="PublicTest")


def test_one_set_is_read_as_it_is() -> None:
    found = sets.load(recipe(test="PublicTest"))
    assert found.labels == FER7
    assert (len(found.train), len(found.select), len(found.test or ())) == (96, 35, 35)
    assert found.select.name == "fer2013 PublicTest"
    assert found.select.leaked.sum() == 2
    assert [source["use"] for source in found.sources] == ["learning", "selection and calibration", "test"]


def test_sets_are_joined_in_the_firsts_labels() -> None:
    made = SetOptions("made:folder with us", train="all", weight=4.0, labels={"contempt": ""})
    found = sets.load(recipe(sets=(FER, made)))
    assert found.labels == FER7
    assert len(found.train) == 98
    assert found.train.name == "fer2013 Training + made:folder with us all"
    samples = found.train.samples
    assert [FER7[target] for target in samples.targets[96:]] == ["happy", "sad"]
    assert found.train.weights.tolist() == [1.0] * 96 + [4.0] * 2
    assert samples.images.shape == (98, 48, 48)
    assert samples.soft is not None
    # Half of the votes were for contempt, which is not told apart: the other half is all there is.
    assert samples.soft[96].tolist() == np.eye(7)[FER7.index("happy")].tolist()
    assert {source["name"] for source in found.sources} == {"FER2013", "Made"}


def test_one_set_may_teach_another_choose_and_a_third_score() -> None:
    one = SetOptions("made", train="all", labels={"contempt": "angry"})
    two = SetOptions("fer2013", select="PublicTest")
    three = SetOptions("fer2013", test="Training")
    found = sets.load(recipe(sets=(one, two, three), labels=("fer7",)))
    assert found.labels == FER7
    assert np.bincount(found.train.samples.targets, minlength=7).tolist() == [6, 0, 0, 1, 1, 0, 0]
    assert (len(found.select), len(found.test or ())) == (35, 96)
    assert not found.select.leaked.any()  # the rows that fer2013 marks stand in a part nobody learned from


def test_labels_may_be_listed() -> None:
    found = sets.load(recipe(sets=(replace(FER, labels={"neutral": ""}),), labels=FER7[:-1]))
    assert found.labels == FER7[:-1]
    assert found.train.samples.targets.max() == 5


def test_an_optional_set_that_is_not_there_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    gone = SetOptions("made", train="gone", labels={"contempt": ""}, optional=True)
    found = sets.load(recipe(sets=(FER, gone)))
    assert len(found.train) == 96
    assert {source["name"] for source in found.sources} == {"FER2013"}
    assert "made gone is left out: gone" in caplog.text
    with pytest.raises(SourceError, match="gone"):
        sets.load(recipe(sets=(FER, replace(gone, optional=False))))


def test_of_an_optional_set_the_parts_that_are_there_are_used() -> None:
    part = SetOptions("made", train="all", test="gone", labels={"contempt": ""}, optional=True)
    found = sets.load(recipe(sets=(FER, part)))
    assert len(found.train) == 98
    assert found.test is None
    assert [source["part"] for source in found.sources if source["name"] == "Made"] == ["all"]


def test_an_optional_set_that_is_broken_is_not_silently_left_out() -> None:
    broken = SetOptions("made", train="broken", labels={"contempt": ""}, optional=True)
    with pytest.raises(SourceError, match="a picture is broken"):
        sets.load(recipe(sets=(FER, broken)))


def test_a_share_may_be_held_out() -> None:
    found = sets.load(recipe(select="", holdout=0.25))
    assert (len(found.train), len(found.select)) == (70, 26)
    assert found.sources[-1]["part"] == "25% of Training, held out"
    few = sets.load(recipe(select="", holdout=0.25, holdout_by="random", per_class=4))
    assert (len(few.train), len(few.select)) == (21, 7)


@pytest.mark.parametrize(
    ("options", "error", "complaint"),
    [
        ({"sets": (FER, SetOptions("made", train="all"))}, BadOption, "pictures of contempt, .* Rename"),
        (
            {"sets": (replace(FER, labels={"disgust": "angy"}),)},
            BadOption,
            r'pictures of angy, .* labels = \{ disgust = "" \}',
        ),
        ({"sets": (replace(FER, labels={"calm": ""}),)}, UnknownName, "label of fer2013 'calm'"),
        (
            {"sets": (FER, SetOptions("made", train="all", labels={"contempt": "", "happy": "", "sad": ""}))},
            BadOption,
            "made all has pictures of contempt, happy, sad alone, and labels drops them all",
        ),
        (
            {"dataset": "folder:folder=/none,classes=own"},
            Absent,
            "in '/none': there are no folders of classes",
        ),
        ({"labels": ("fer9",)}, UnknownName, "label set 'fer9'"),
        ({"labels": ("happy", "sad", "happy")}, BadOption, "two or more different ones"),
        ({"train": ""}, BadOption, "nothing to learn from"),
        ({"dataset": "fer2012"}, UnknownName, "fer2013"),
        ({"train": "training"}, UnknownName, "Training"),
        ({"per_class": 500}, BadOption, "only 14 pictures of angry"),
        (
            {"sets": (replace(FER, select=""), SetOptions("made", select="gone", optional=True))},
            BadOption,
            "nothing to choose by",
        ),
    ],
)
def test_what_cannot_be_is_said(options: dict[str, Any], error: type[Exception], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        sets.load(recipe(**options))


def test_blank_pictures_are_left_out_of_learning_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Samples, "blank", lambda self: np.arange(len(self)) < 10)
    assert len(sets.load(recipe()).train) == 86
    assert len(sets.load(recipe(drop_blank=False)).train) == 96
    assert len(sets.load(recipe()).select) == 35


def test_pictures_that_are_all_blank_teach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Samples, "blank", lambda self: np.full(len(self), True))
    with pytest.raises(BadOption, match="one flat colour"):
        sets.load(recipe())
