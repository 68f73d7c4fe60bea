import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.made_classifiers import labelled
from mien import imageops
from mien.errors import SinkError
from mien.evaluation import charts_classifier, classifier_report, learning_curves, plots_classifier
from mien.evaluation.score import Score, plain, score

LABELS = ("angry", "happy", "sad")


def scored(name: str, seed: int = 0, resamples: int = 20, count: int = 30) -> Score:
    random = np.random.default_rng(seed)
    targets = random.integers(0, 2, count)  # nothing is sad: its recall is not defined
    probabilities = random.dirichlet(np.ones(3), count).astype(np.float32)
    return score(
        probabilities,
        labelled(targets.tolist()),
        np.arange(count) < 3,
        (name, "faces", "Some"),
        unsure_below=0.5,
        labels=LABELS,
        near=np.arange(count) == 5,
        resamples=resamples,
        columns={"light <b>": {0: "day"}},
    )


def report(*names: str, resamples: int = 20) -> dict[str, Any]:
    curve = {"false": [0, 0.5, 1], "true": [0, 0.8, 1]}
    rows = {
        name: {
            **scored(name, seed, resamples).as_dict(),
            "roc": dict.fromkeys(LABELS[:2], curve) | {"sad": {"false": [], "true": []}},
            "notes": ["A note <i>."],
            "ms_per_face": {"1": {"median": 0.1, "p95": 0.2, "cpu": 0.1, "rounds": 3}},
            "model": {"parameters": 1000, "bytes": 10, "flops": None, "input": None, "sha256": "ab"},
        }
        for seed, name in enumerate(names)
    }
    pair = {"of": list(names[:2]), "first_only": 3, "second_only": 1, "difference": 0.02, "p": 0.5}
    return {
        "data": "faces",
        "title": "Faces",
        "split": "Some",
        "samples": 30,
        "labels": list(LABELS),
        "settings": {"view": "flip", "resamples": resamples},
        "machine": {"cpu": "one", "cores": 2, "system": "any"},
        "leakage": {
            **dict.fromkeys(("people", "limits", "within")),
            "by": "none",
            "against": [],
            "note": "Not sought.",
        },
        "classifiers": rows,
        "comparisons": [{**pair, "interval": [-0.01, 0.05], "method": "exact"}] if len(names) > 1 else [],
    }


@pytest.mark.parametrize("names", [("one",), ("one", "two", "three", "four")])
def test_every_plot_is_drawn_whatever_is_undefined(tmp_path: Path, names: tuple[str, ...]) -> None:
    files = plots_classifier.draw(report(*names, resamples=0 if len(names) == 1 else 10), tmp_path / "new")
    assert [path.name for path in files] == ["confusion.png", "reliability.png", "roc.png", "labels.png"]
    for path in files:
        assert min(imageops.read(path).shape[:2]) > 300


def test_the_page_stands_alone_and_escapes(tmp_path: Path) -> None:
    path = tmp_path / "é.html"
    classifier_report.write(report("one<x>", "two"), path)
    page = path.read_text("utf-8")
    body = page.split("<script>\n")[0]
    assert not re.search(r'(?:src|href)="https?:', body)
    for raw in ("one<x>", "<b>", "note <i>"):
        assert raw not in body.replace("\\u003c", "")
    for text in ("one&lt;x&gt;", "McNemar", "Group by group", "Leakage: not known. Not sought.", "by flip"):
        assert text in page


def test_the_charts_of_the_page_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    classifier_report.write(report("one", "two"), path)
    charts = re.findall(r'<script type="application/json">(.*?)</script>', path.read_text("utf-8"))
    assert len(charts) == 3 + 2 * 2
    for chart in charts:
        figure = json.loads(chart)
        assert len(figure["layout"]["xaxis"]["range"]) == 2


def test_the_page_shows_how_the_training_went(tmp_path: Path) -> None:
    found = report("first", "second")
    found["classifiers"]["first"]["curves"] = {
        "epoch": [0.0, 1.0],
        "train_loss": [2.0, 1.5],
        "val_loss": [1.9, None],
        "val_accuracy": [0.3, 0.4],
    }
    classifier_report.write(found, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert text.count("Accuracy by epoch") == text.count("Loss by epoch") == 1
    assert "accuracy of first by epoch" in text
    for chart in re.findall(r'<script type="application/json">(.*?)</script>', text):
        assert len(json.loads(chart)["layout"]["xaxis"]["range"]) == 2  # the page draws none without it
    lines = charts_classifier.learning(found["classifiers"]["first"]["curves"], "loss")["data"]
    assert [line["name"] for line in lines] == ["learning", "validation"]


def test_one_epoch_is_a_point() -> None:
    """A line has none."""
    figure = charts_classifier.learning({"epoch": [0.0], "val_loss": [1.5]}, "loss")
    assert [line["mode"] for line in figure["data"]] == ["markers"]
    assert figure["layout"]["xaxis"]["range"] == [-0.5, 0.5]


def test_curves_belong_to_the_model_beside_them(tmp_path: Path) -> None:
    model = tmp_path / "own.int8.onnx"
    assert learning_curves.read(model) is None
    (tmp_path / "curves.json").write_text('{"epoch": [0.0], "val_loss": [1.5]}')
    (tmp_path / "recipe.json").write_text('{"name": "own"}')
    assert learning_curves.read(model) == {"epoch": [0.0], "val_loss": [1.5]}
    assert learning_curves.read(tmp_path / "another.onnx") is None
    (tmp_path / "curves.json").write_text("[")
    assert learning_curves.read(model) is None


def test_one_classifier_has_no_comparison(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    classifier_report.write(report("one", resamples=0), path)
    assert "McNemar" not in path.read_text("utf-8")


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="Cannot write the report"):
        classifier_report.write(report("one"), tmp_path / "none" / "report.html")


def test_a_model_in_a_folder_whose_name_is_no_utf8_has_a_page(tmp_path: Path) -> None:
    classifier_report.write(report("caf\udce9/one.onnx"), tmp_path / "report.html")
    assert "caf\\udce9/one.onnx" in (tmp_path / "report.html").read_text("utf-8")


def test_models_whose_paths_are_odd_are_drawn(tmp_path: Path) -> None:
    """Matplotlib takes what stands between two dollars for mathematics."""
    assert len(plots_classifier.draw(report("caf\udce9/one.onnx", "$\\no$/two.onnx"), tmp_path)) == 4


def test_whiskers_reach_from_the_bar_to_the_intervals_ends() -> None:
    row = report("one")["classifiers"]["one"]
    bars = charts_classifier.labels({"one": row}, "recall")["data"][0]
    for place in range(2):
        low, high = row["intervals"]["recall"][place]
        assert bars["y"][place] - bars["error_y"]["arrayminus"][place] == pytest.approx(low, abs=1e-4)
        assert bars["y"][place] + bars["error_y"]["array"][place] == pytest.approx(high, abs=1e-4)
    assert (bars["y"][2], bars["error_y"]["array"][2]) == (None, 0.0)


def test_a_label_without_pictures_is_undefined_on_every_chart(tmp_path: Path) -> None:
    found = report("one", "two")
    rows = found["classifiers"]
    for key in ("precision", "recall", "f1"):
        assert rows["one"][key][2] is None
        said = charts_classifier.labels(rows, key)["layout"]["annotations"]
        assert [note["text"] for note in said] == ["not defined"] * 2
        assert all(1.5 < note["x"] < 2.5 for note in said)
    written = plots_classifier.labels(rows)
    words = [text for axes in written.axes for text in axes.texts]
    assert [text.get_text() for text in words] == ["not defined"] * 6
    classifier_report.write(found, tmp_path / "page.html")
    matrix = (tmp_path / "page.html").read_text("utf-8").split('<th scope="row">sad</th>')[1]
    assert matrix.split("</tr>")[0].count("-<br><small>0</small>") == 3


def test_scores_without_copies() -> None:
    found = scored("one")
    assert found.without_leaked is not None
    assert found.without_near is not None
    assert (found.without_leaked["samples"], found.without_near["samples"]) == (27, 26)


def test_a_part_that_leaked_whole_has_no_accuracy_without() -> None:
    found = score(
        np.array([[0.9, 0.1]], np.float32),
        labelled([0]),
        np.array([True]),
        ("one", "faces", "Some"),
        unsure_below=0.5,
        labels=("angry", "happy"),
    )
    assert plain(found.without_leaked) == {"accuracy": None, "samples": 0, "interval": [None, None]}


def test_plain_values() -> None:
    assert plain({"a": (1, math.nan), "b": np.array([0.5, np.nan]), "c": "x"}) == {
        "a": [1, None],
        "b": [0.5, None],
        "c": "x",
    }
