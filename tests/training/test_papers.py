"""A training by a paper's protocol, beside the paper."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mien import artifact
from mien.errors import BadOption
from mien.training import papers, recipe, run, seeds, start
from mien.training.export import to_onnx
from mien.training.machine import Machine
from mien.training.recipe import Recipe

TEXT = """
model = "cnn3"
seed = 3
[data]
select = ""
holdout = 0.25
holdout_by = "random"
[paper]
accuracy = 0.9214
pictures = 140
measured_on = "140 pictures held out at random"
[schedule]
epochs = 1
batch = 32
warmup = 0
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(TEXT)
    return path


def untrained(chosen: Recipe, folder: Path) -> artifact.Artifact:
    """The recipe's network with fresh weights, as a model file."""
    from mien.artifact import Card
    from mien.labels import FER7
    from mien.training import onnx_file

    card = Card(chosen.name, "expression", runner="onnx", labels=FER7, input=chosen.input, crop=chosen.crop)
    path = onnx_file.write(folder, chosen.name, to_onnx(start.fresh(chosen, 7).eval(), chosen.input), card)
    return artifact.load(str(path), "expression")


def test_copies_are_counted_and_the_honest_figure_stands_beside(
    own: Path, tmp_path: Path, made_faces: Path
) -> None:
    chosen = recipe.load(str(own))
    found = papers.compare(chosen, untrained(chosen, tmp_path))
    assert found["learned_from"] + found["own"]["pictures"] == 96
    assert (found["own"]["pictures"], found["honest"]["pictures"]) == (24, 35)
    assert found["honest"]["pictures_of"] == "fer2013 PublicTest"
    assert not found["own"]["agrees"]
    low, high = found["paper"]["interval"]
    assert (round(low, 3), round(high, 3)) == (0.865, 0.956)
    text = "\n".join(papers.text(found))
    assert (
        "the paper: 92.1 % on 140 pictures held out at random; on 140 pictures 95 %: 86.5 to 95.6 %" in text
    )
    assert "near copy" in text
    assert "honestly: " in text


def test_where_the_paper_used_the_honest_pictures_it_stands_alone(tmp_path: Path, made_faces: Path) -> None:
    chosen = recipe.load("paper_vgg_slim")
    found = papers.compare(chosen, untrained(chosen, tmp_path))
    assert found["honest"] is None
    text = list(papers.text(found))
    assert text[0].startswith("the paper: 73.3 %, top-2 86.5 %")
    assert not any(line.startswith("honestly") for line in text)


def scored(accuracy: float, agrees: bool) -> dict[str, Any]:
    return {"accuracy": accuracy, "agrees": agrees}


def test_seeds_are_told_together() -> None:
    runs = [
        {"seed": 1, "paper": {"accuracy": 0.92}, "own": scored(0.5, False), "honest": scored(0.4, False)},
        {"seed": 2, "paper": {"accuracy": 0.92}, "own": scored(0.9, True), "honest": scored(0.42, False)},
    ]
    assert papers.together(runs)["own"] == {"mean": 0.7, "least": 0.5, "most": 0.9}
    assert list(papers.summary(runs)) == [
        "here, 2 seeds: 70.0 % on average, 50.0 % to 90.0 %",
        "honestly, 2 seeds: 41.0 % on average, 40.0 % to 42.0 %",
        "the paper's 92.0 % lies within the interval of 1 of 2 trainings",
    ]


def test_where_all_are_copies_nothing_is_left() -> None:
    text = papers._copies(
        {"exact": 3, "near": 1, "people": ["a"], "without_copies": {"pictures": 0, "accuracy": None}}
    )
    assert text.endswith("1 people stand in both; none is left without them")


def test_a_share_over_one_is_refused(own: Path) -> None:
    own.write_text(TEXT.replace("0.9214", "92.14"))
    with pytest.raises(BadOption, match="Give 0 to 1"):
        recipe.load(str(own))


def test_each_seed_has_its_folder_and_an_interrupt_ends_them(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, int]] = []

    def fake(name: str, out: Path, seed: int, **options: Any) -> SimpleNamespace:
        made.append((out, seed))
        return SimpleNamespace(trained=SimpleNamespace(interrupted=seed == 4))

    monkeypatch.setattr(run, "run", fake)
    assert len(list(seeds.each_seed(str(own), 5, tmp_path))) == 2
    assert made == [(tmp_path / "seed_3", 3), (tmp_path / "seed_4", 4)]


def test_seeds_beyond_the_last_are_refused_before_the_first_is_trained(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "run", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(BadOption, match="seed=4294967297 must be from 0 to 4294967295"):
        list(seeds.each_seed(str(own), 3, tmp_path, first=4294967295))


def test_the_seeds_that_were_not_begun_begin_where_the_others_are_resumed(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, bool]] = []

    def fake(name: str, out: Path, seed: int, *, resume: bool, **options: Any) -> SimpleNamespace:
        made.append((seed, resume))
        return SimpleNamespace(trained=SimpleNamespace(interrupted=False))

    monkeypatch.setattr(run, "run", fake)
    (tmp_path / "seed_4").mkdir()
    (tmp_path / "seed_4" / "last.ckpt").touch()
    assert len(list(seeds.each_seed(str(own), 3, tmp_path, resume=True))) == 3
    assert made == [(3, True), (4, True), (5, False)]


@pytest.mark.train
def test_a_training_leaves_it_beside_the_model(own: Path, tmp_path: Path, made_faces: Path) -> None:
    out = tmp_path / "run"
    run.run(str(own), out, seed=5, machine=Machine("cpu", 1))
    found = json.loads((out / papers.FILE).read_text())
    assert found == papers.read(out)
    assert (found["seed"], found["recipe"]) == (5, "own")
    assert papers.read(tmp_path) is None
