from pathlib import Path

import pytest

from mien.errors import BadOption, UnknownName, UsageError
from mien.training import models, recipe, run


@pytest.mark.parametrize("name", recipe.names())
def test_every_shipped_recipe_is_whole(name: str) -> None:
    _, loaded = run.load(name)
    assert loaded.name == name
    assert loaded.model in models.names()
    assert loaded.description
    assert 0 < loaded.published.score < 1
    assert loaded.published.hours > 0
    assert loaded.published.hardware


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return str(path)


def test_a_path_works_and_the_rest_keeps_its_default(tmp_path: Path) -> None:
    text = 'model = "mini_xception"\nseed = 7\n[schedule]\nepochs = 3\n[input]\nmean = [1.0]\n'
    loaded = recipe.load(write(tmp_path, text))
    assert (loaded.name, loaded.model, loaded.seed, loaded.schedule.epochs) == ("own", "mini_xception", 7, 3)
    assert loaded.schedule.batch == recipe.Schedule().batch
    assert loaded.input.mean == (1.0,)


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[schedule]\nepochs = 3\nbatch = 8\n")
    loaded = recipe.load(path, epochs=5, batch=None)
    assert (loaded.schedule.epochs, loaded.schedule.batch) == (5, 8)


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("epoch = 3\n", UnknownName, "setting 'epoch'"),
        ("[schedule]\nepoch = 3\n", UnknownName, "Did you mean epochs"),
        ("[schedule]\nepochs = 0\n", BadOption, "epochs=0 must be more than 0"),
        ('[schedule]\ndecay = "linear"\n', BadOption, "Valid: cosine, plateau"),
        ('[input]\ncolour = "pink"\n', BadOption, "colour=pink"),
        ('[input]\ncolour = "bgr"\n', BadOption, "3 channels"),
        ("schedule = 3\n", BadOption, "table"),
        ("[seed]\na = 1\n", BadOption, "seed=.* must be int"),
        ('[schedule]\nepochs = "3"\n', BadOption, "epochs=3 in a recipe must be int"),
        ("what is this", UsageError, "not valid TOML"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, text: str, error: type[Exception], complaint: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(error, match=complaint):
        recipe.load(path)


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean mini_xception"):
        recipe.load("mini_xceptoin")


def test_an_absent_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none"):
        recipe.load(str(tmp_path / "none.toml"))
