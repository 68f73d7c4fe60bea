import json
import sys
from collections.abc import Callable

import pytest
from typer.testing import Result

from mien import artifact, registry

Mien = Callable[..., Result]


def test_everything_is_listed(mien: Mien) -> None:
    found = json.loads(mien("list", "--json").stdout)
    names = {(entry["family"], entry["name"]) for entry in found}
    assert names == {(family, name) for family in registry.FAMILIES for name in registry.names(family)}
    assert all(entry["description"] for entry in found if "problem" not in entry)


def test_one_family_with_options(mien: Mien) -> None:
    found = {entry["name"]: entry for entry in json.loads(mien("list", "detectors", "--json").stdout)}
    options = {option["name"]: option for option in found["yunet"]["options"]}
    assert options["long_side"] == {"name": "long_side", "type": "int", "default": 640, "required": False}


def test_models_state_their_card(mien: Mien) -> None:
    entry = next(
        entry
        for entry in json.loads(mien("list", "classifiers", "--json").stdout)
        if entry["name"] == "mini_xception"
    )
    card = artifact.load("mini_xception", "expression").card
    assert entry["rights"] == card.rights
    assert entry["figures"] == dict(card.figures)
    assert entry["labels"] == list(card.labels)


def test_text_for_people(mien: Mien) -> None:
    found = mien("list", "classifiers")
    assert found.exit_code == 0
    assert "mini_xception" in found.stdout
    assert "rights:" in found.stdout
    assert "figures:" in found.stdout
    figures = artifact.load("mini_xception", "expression").card.figures
    assert f"difference_from_training {figures['difference_from_training']:.4g}," in " ".join(
        found.stdout.split()
    )


def test_a_broken_model_does_not_hide_the_others(mien: Mien) -> None:
    folder = artifact.models_folder()
    folder.mkdir(parents=True)
    (folder / "own.onnx").write_bytes(b"")
    (folder / "own.json").write_text('{"task": "expression"}', "utf-8")
    found = {entry["name"]: entry for entry in json.loads(mien("list", "classifiers", "--json").stdout)}
    assert "lacks 'input'" in found["own"]["problem"]
    assert "problem" not in found["mini_xception"]
    assert "problem: The card" in mien("list", "classifiers").stdout


@pytest.mark.parametrize("family", ["detector", "nothing"])
def test_an_unknown_family(mien: Mien, family: str) -> None:
    assert mien("list", family).exit_code == 2


def test_the_layers_of_a_recipes_network(mien: Mien) -> None:
    shown = mien("list", "--model", "cnn3").stdout
    assert "Conv2d" in shown
    assert "16 x 44 x 44" in shown
    assert "106,503 parameters, 11.80 MFLOPs a picture" in shown


def test_the_layers_of_a_model_file(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    path = artifact.BUNDLED / "mini_xception.onnx"
    found = json.loads(mien("list", "--model", str(path), "--json").stdout)
    assert (found["mflops"], found["layers"][0]["kind"]) == (20.33, "Resize")
    assert [each["shape"] for each in found["layers"][:2]] == [[1, 64, 64], [8, 62, 62]]
    monkeypatch.setitem(sys.modules, "mien.training.layers", None)  # as without the extra
    monkeypatch.delattr("mien.training.layers", raising=False)
    assert json.loads(mien("list", "--model", "mini_xception", "--json").stdout)["layers"] == found["layers"]


def test_an_unknown_network(mien: Mien) -> None:
    result = mien("list", "--model", "vgg_slin")
    assert result.exit_code == 2
    assert "vgg_slim" in result.stderr
