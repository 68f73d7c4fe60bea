import errno
from dataclasses import replace
from pathlib import Path

import pytest

from mien import artifact
from mien.errors import BadOption, UnknownName, UsageError
from mien.labels import FER7
from mien.training import models, recipe, record, run, sets, start


@pytest.mark.parametrize("name", recipe.names())
def test_every_shipped_recipe_is_whole(name: str) -> None:
    _, loaded = run.load(name)
    assert loaded.name == name
    assert getattr(loaded, "model", models.names()[0]) in models.names()
    assert loaded.description
    shown = loaded.published
    if shown.measured:
        assert shown.score < 1
        assert shown.hours > 0
        assert shown.hardware


@pytest.mark.parametrize("name", recipe.names())
def test_a_recipe_whose_model_is_shipped_says_what_it_gave(name: str) -> None:
    _, loaded = run.load(name)
    shipped = (artifact.BUNDLED / f"{name}.onnx").is_file()
    assert loaded.published.measured or not shipped


EXPRESSIONS = [
    name for name in recipe.names() if recipe.read(name)[1].get("task", "expression") == "expression"
]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_data_of_every_recipe_exists(name: str) -> None:
    """By name: the pictures themselves need not be there."""
    loaded = recipe.load(name)
    assert sets.wanted_labels(loaded) == FER7
    for options in loaded.data.used:
        dataset = sets.open_set(options.name)
        assert {options.train, options.select, options.test} - {""} <= set(dataset.splits)
        assert set(options.labels) <= set(dataset.labels)
        assert {options.labels.get(label, label) for label in dataset.labels} - {""} <= set(FER7)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_network_of_every_recipe_can_be_built(name: str) -> None:
    loaded = recipe.load(name)
    network = start.fresh(loaded, len(FER7))
    assert sum(entry.numel() for entry in network.parameters()) > 50_000


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
        ('[schedule]\ndecay = "linear"\n', BadOption, "Valid: cosine, plateau, none"),
        ('[schedule]\noptimizer = "lion"\n', BadOption, "Valid: adamw, adam, sgd"),
        ("[schedule]\nfactor = 1.5\n", BadOption, "factor=1.5 does not fit"),
        ("[schedule]\nwarmup = -1\n", BadOption, "warmup=-1 must not be less than 0"),
        ("seed = 5000000000\n", BadOption, "seed=5000000000 must be from 0 to 4294967295"),
        ("[augment]\nzoom = 2.0\n", BadOption, "zoom=2.0 is too much. Give 0.9 at most"),
        ("[augment]\nflip = 7.0\n", BadOption, "flip=7.0 is no share"),
        ("[augment]\nrotate = -3.0\n", BadOption, "rotate=-3.0 must not be less than 0"),
        ("[data]\nper_class = -1\n", BadOption, "per_class=-1 must not be less than 0"),
        ('[input]\nequalize = "auto"\n', BadOption, "equalize=auto is not known"),
        ('[data]\nbalance = "twice"\n', BadOption, "Valid: none, loss, sampling"),
        ('[data]\nholdout = 0.1\nholdout_by = "day"\n', BadOption, "Valid: stratified, random, subject"),
        ('[data]\nselect = ""\nholdout = 1.0\n', BadOption, "holdout=1.0 is no share"),
        ("[data]\nholdout = 0.1\n", BadOption, "either by a part of the data"),
        ('[data]\nselect = ""\n', BadOption, "either by a part of the data"),
        ('[[data.sets]]\ntrain = "Training"\n', BadOption, "needs a name"),
        ("data.sets = [3]\n", BadOption, "needs a name"),
        ('[[data.sets]]\nname = "a"\nselect = "b"\npart = "c"\n', UnknownName, "setting 'part'"),
        ('[[data.sets]]\nname = "a"\nweight = 0.0\n', BadOption, "weight=0.0 of the set 'a'"),
        ('[input]\ncolour = "pink"\n', BadOption, "colour=pink"),
        ('[input]\ncolour = "bgr"\n', BadOption, "3 channels"),
        ("schedule = 3\n", BadOption, "table"),
        ("[seed]\na = 1\n", BadOption, "seed=.* must be a whole number"),
        ('[schedule]\nepochs = "3"\n', BadOption, "epochs=3 in a recipe must be a whole number"),
        ("seed = -1\n", BadOption, "seed=-1 must be from 0 to"),
        ("unsure_below = 7\n", BadOption, r"unsure_below = 7: give a number from 0 to 1"),
        ("[input]\nstd = [0.0]\n", BadOption, "one number over 0 per channel"),
        ("[crop]\nscale = -1.0\n", BadOption, r"crop\.scale = -1\.0: give a number over 0"),
        ("[augment]\nrotate = nan\n", BadOption, "rotate=nan in a recipe must be a number that is finite"),
        ("[schedule]\nlearning_rate = inf\n", BadOption, "learning_rate=inf"),
        ('[[data.sets]]\nname = "a"\nweight = nan\n', BadOption, "weight=nan of the set 'a'"),
        (
            '[data]\ndataset = "folder:mine"\n[[data.sets]]\nname = "a"\nselect = "b"\n',
            BadOption,
            "this one names 'folder:mine' beside them",
        ),
        ("model = 3\n", BadOption, "model=3 in a recipe must be a text in quotes"),
        ('[data]\nlabels = "fer7"\n', BadOption, "labels=fer7 in a recipe must be a list"),
        ("network = 3\n", BadOption, r"network=3 in a recipe must be a table \[network\]"),
        ('name = 5\nmodel = "cnn3"\n', BadOption, "cannot be called 5"),
        ('name = ".."\n', BadOption, "cannot be called '..'"),
        ('name = "../mine"\n', BadOption, "cannot be called '../mine'"),
        ('[schedule]\noptimizer = "sgd"\nnesterov = true\nmomentum = 0\n', BadOption, "needs a momentum"),
        ("[paper]\npictures = -3\n", BadOption, "pictures=-3 must not be less than 0"),
        ('[[data.sets]]\nname = "a"\nlabels = { angry = 3 }\n', BadOption, "labels = { angry = 3 }"),
        ("what is this", UsageError, "not valid TOML"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, text: str, error: type[Exception], complaint: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(error, match=complaint):
        recipe.load(path)


@pytest.mark.parametrize("name", recipe.TAKEN)
def test_a_name_that_a_training_needs_for_its_own_files_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text('model = "cnn3"\n', "utf-8")
    with pytest.raises(BadOption, match=f"cannot be called '{name}'"):
        recipe.load(str(path))


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean mini_xception"):
        recipe.load("mini_xceptoin")


def test_a_path_that_does_not_end_as_one_is_not_sought_in_the_package(tmp_path: Path) -> None:
    for name in ("mine/vgg_slim", str(tmp_path)):
        with pytest.raises(BadOption, match=f"'{name}' is no recipe: give a path that ends in .toml"):
            recipe.load(name)


def test_a_full_disk_leaves_the_older_recipe_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = recipe.load("cnn3")
    record.write(own, tmp_path)

    def cut_off(path: Path, text: str, *_: str) -> None:
        path.write_bytes(text[:9].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", cut_off)
    with pytest.raises(OSError, match="No space left"):
        record.write(own, tmp_path)
    assert record.read(tmp_path / "recipe.json")["model"] == "cnn3"
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.json"]


def test_an_absent_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none"):
        recipe.load(str(tmp_path / "none.toml"))


def test_several_sets_replace_the_one(tmp_path: Path) -> None:
    text = """
[[data.sets]]
name = "fer2013"
train = "Training"
weight = 2

[[data.sets]]
name = "other:folder=x"
select = "all"
labels = { contempt = "" }
optional = true
"""
    first, second = recipe.load(write(tmp_path, text)).data.used
    assert (first.name, first.train, first.select, first.weight) == ("fer2013", "Training", "", 2)
    assert (second.labels, second.optional) == ({"contempt": ""}, True)


def test_what_a_training_kept_is_a_recipe_again(tmp_path: Path) -> None:
    loaded = recipe.load("mini_xception")
    record.write(loaded, tmp_path)
    assert recipe.load(str(tmp_path / record.FILE)) == loaded


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_kept_recipe_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.json").write_text(text)
    with pytest.raises(UsageError, match=r"recipe\.json"):
        recipe.load(str(tmp_path / "recipe.json"))


def test_a_training_goes_on_by_its_own_recipe_only(tmp_path: Path) -> None:
    loaded = recipe.load("mini_xception")
    record.check(loaded, tmp_path)  # nothing kept: nothing to compare
    record.write(loaded, tmp_path)
    record.check(replace(loaded, description="other words"), tmp_path)
    other = replace(loaded, seed=3, schedule=replace(loaded.schedule, epochs=91))
    with pytest.raises(BadOption, match=r"schedule\.epochs: 50 then, 91 now; seed: 1 then, 3 now\. Resume"):
        record.check(other, tmp_path)
    even = replace(loaded, input=replace(loaded.input, equalize="clahe"))
    with pytest.raises(BadOption, match=r"input\.equalize: nothing then, clahe now"):
        record.check(even, tmp_path)


def test_more_epochs_may_follow_where_the_rate_does_not_depend_on_them(tmp_path: Path) -> None:
    loaded = recipe.load("mini_xception", decay="plateau")
    record.write(loaded, tmp_path)
    record.check(replace(loaded, schedule=replace(loaded.schedule, epochs=91)), tmp_path)


def test_a_flag_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadOption, match="learning_rate=nan must be more than 0"):
        recipe.load("cnn3", learning_rate=float("nan"))
