"""Every classifier at hand, scored on the same pictures: the table of ``docs/leaderboard.md``."""

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np

from mien import artifact, registry
from mien.classifiers.base import Classifier
from mien.datasets._opening import open_set
from mien.errors import MienError, UsageError
from mien.evaluation.classifier import Progress, Report, Settings, evaluate
from mien.evaluation.prediction import check, match

INT8 = ".int8"
"""What the name of a model's int8 form ends with."""
FIGURES = (
    "accuracy",
    "top2",
    "macro_f1",
    "balanced_accuracy",
    "calibration_error",
    "log_loss",
    "without_leaked",
    "without_near",
)
INTERVALS = ("accuracy", "top2", "macro_f1")


def measure(
    settings: Settings | None = None, names: Sequence[str] = (), progress: Progress | None = None
) -> Report:
    """Score ``names`` (empty: every classifier that `registry.names` gives) on one part of a data set.

    Returns plain values: ``rows``, the highest accuracy first, and ``left_out``, the classifiers that cannot
    be scored, with the reason. The int8 form of a model stands in the model's own row. Raises `UsageError`
    where none can be scored, or one of ``names`` cannot.
    """
    settings = settings or Settings()
    wanted = list(names or registry.names("classifiers"))
    forms = [name + INT8 for name in wanted if name + INT8 in artifact.available("expression")]
    usable, left_out = _usable(list(dict.fromkeys([*wanted, *forms])), settings)
    asked_for = {name: reason for name, reason in left_out.items() if name in names}
    if asked_for:
        raise UsageError(f"Not all can be scored on {settings.data}.{_listed(asked_for)}")
    if not usable:
        raise UsageError(f"There is no classifier that can be scored on {settings.data}.{_listed(left_out)}")
    report = evaluate(usable, settings, progress)
    found = report["classifiers"]
    rows = [
        _row(name, found[name], found.get(name + INT8))
        for name in usable
        if not (name.endswith(INT8) and name.removesuffix(INT8) in usable)
    ]
    return {
        **{key: value for key, value in report.items() if key not in {"classifiers", "comparisons"}},
        "rows": sorted(rows, key=lambda row: -row["accuracy"]),
        "left_out": left_out,
    }


def _listed(left_out: Mapping[str, str]) -> str:
    return "".join(f" {name}: {reason}" for name, reason in left_out.items())


def _usable(names: Sequence[str], settings: Settings) -> tuple[list[str], dict[str, str]]:
    """The classifiers that know the set's labels and answer to a picture; the others with the reason."""
    data = open_set(settings.data)
    usable, left_out = [], {}
    for name in names:
        try:
            model: Classifier = registry.load("classifiers", name)
            match(data.labels, model.labels)
            check(model.predict([np.zeros((48, 48), np.uint8)]))
        except MienError as error:
            left_out[name] = str(error)
        else:
            usable.append(name)
    return usable, left_out


def _row(name: str, found: Mapping[str, Any], int8: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "name": name,
        **{key: found[key] for key in FIGURES},
        "intervals": {key: found["intervals"].get(key) for key in INTERVALS},
        **{key: found["model"][key] for key in ("parameters", "flops", "bytes", "input")},
        "ms": _ms(found),
        "int8": int8 and {"accuracy": int8["accuracy"], "bytes": int8["model"]["bytes"], "ms": _ms(int8)},
        "notes": found["notes"],
        **_origin(name),
    }


def _ms(found: Mapping[str, Any]) -> float | None:
    """Processor time for one face at a time: what other work on the machine disturbs the least."""
    times = found["ms_per_face"].get("1")
    return None if times is None else float(times["cpu"])


def _origin(name: str) -> dict[str, Any]:
    """How the model came to be, by its card; None for what the card does not say, or without one."""
    try:
        card = artifact.load(registry.parse(name)[0], "expression").card
    except MienError:
        return dict.fromkeys(("minutes", "hardware", "recipe", "date", "data"))
    figures = card.figures
    learned = [source.get("name", "") for source in card.data if source.get("use") == "learning"]
    return {
        "minutes": figures.get("training_minutes"),
        "hardware": figures.get("hardware"),
        "recipe": figures.get("recipe") or _recipe(card.name),
        "date": figures.get("date"),
        "data": ", ".join(dict.fromkeys(learned)) or None,
    }


def _recipe(name: str) -> str | None:
    """The recipe of the package that has the model's name."""
    folder = resources.files("mien") / "training" / "recipes"
    return name if (folder / f"{name}.toml").is_file() else None
