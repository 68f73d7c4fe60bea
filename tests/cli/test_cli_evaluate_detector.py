import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mien import imageops
from mien.types import Image

Mien = Callable[..., Result]


@pytest.fixture
def faces(tmp_path: Path, portrait: Image) -> str:
    (tmp_path / "a.png").write_bytes(imageops.encode(imageops.resize(portrait, 256, 256), ".png"))
    content: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [88, 30, 55, 72]}],
        "categories": [{"id": 1, "name": "face"}],
    }
    path = tmp_path / "faces.json"
    path.write_text(json.dumps(content), "utf-8")
    return f"coco:{path}"


def test_all_parts_as_tables_plots_and_json(
    mien: Mien, faces: str, tmp_path: Path, make_video: Callable[..., Path]
) -> None:
    video = make_video(frames=2, width=160, height=160)
    found = mien(
        "evaluate", "detector", "haar", "haar:min_neighbors=3",
        "--data", faces, "--empty", video, "--agree", video,
        "--corruptions", "gray,height", "--resamples", 10, "--rounds", 1,
        "--json", tmp_path / "own.json", "--plots", tmp_path / "plots",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    for words in (
        "1 pictures, 1 faces",
        "AP@.5 all",
        "recall all",
        "false a picture",
        "gray",
        "long side 320",
        "lower bound",
    ):
        assert words in found.stdout
    report = json.loads((tmp_path / "own.json").read_text("utf-8"))
    assert list(report["detectors"]) == ["haar", "haar:min_neighbors=3"]
    assert set(report) >= {"ap", "recall", "stress", "time", "empty", "agree"}
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {
        "precision_recall.png", "recall_by_height.png", "stress.png"
    }  # fmt: skip


def test_json_alone_on_stdout(mien: Mien, faces: str) -> None:
    found = mien(
        "evaluate",
        "detector",
        "haar",
        "--data",
        faces,
        "--parts",
        "recall",
        "--heights",
        "20,40",
        "--json",
        "-",
    )
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert report["settings"]["heights"] == [20, 40]
    assert "height over 40" in report["recall"]["haar"]["recall"]
    assert "recall all" in found.stderr


def test_faults_end_it_unless_skipped(mien: Mien, faces: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").rename(tmp_path / "b.png")
    found = mien("evaluate", "detector", "haar", "--data", faces, "--parts", "recall")
    assert found.exit_code == 1
    assert "1 x missing picture" in found.stderr
    (tmp_path / "b.png").rename(tmp_path / "a.png")
    path = Path(faces.partition(":")[2])
    content = json.loads(path.read_text("utf-8"))
    content["annotations"][0]["bbox"] = [88, 30, 0, 72]
    path.write_text(json.dumps(content), "utf-8")
    skipped = mien(
        "evaluate", "detector", "haar", "--data", f"{faces},skip_faults=true", "--parts", "ap,recall"
    )
    assert skipped.exit_code == 0, skipped.output
    assert "1 faults left out" in skipped.stdout
    assert "No average precision" in skipped.stdout


def test_counts_are_held_against_the_published(mien: Mien, tmp_path: Path, portrait: Image) -> None:
    listed = "0--P/a.png\n1\n175 60 110 145 0 0 0 0 0 0\n"
    (tmp_path / "wider_face_val_bbx_gt.txt").write_text(listed, "utf-8")
    folder = tmp_path / "WIDER_val" / "images" / "0--P"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(imageops.encode(portrait, ".png"))
    found = mien("evaluate", "detector", "haar", "--data", f"wider:{tmp_path}", "--parts", "recall")
    assert found.exit_code == 0, found.output
    words = "1 pictures, 1 faces (0 to be ignored); published: 3226 pictures, 39708 faces, which differs"
    assert words in " ".join(found.stdout.split())


def test_pictures_without_a_face_have_no_precision(mien: Mien, faces: str) -> None:
    path = Path(faces.partition(":")[2])
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"annotations": []}), "utf-8")
    found = mien("evaluate", "detector", "haar", "--data", faces, "--parts", "ap", "--resamples", "2")
    assert found.exit_code == 0, found.output
    assert "there is no precision to average" in found.stdout


def test_help_says_what_is_taken_where_nothing_is_given(mien: Mien) -> None:
    shown = " ".join(mien("evaluate", "detector", "--help").stdout.replace("│", " ").split())
    for words in ("all possible", "default: (all)", "the first"):
        assert words in shown


def test_plots_that_cannot_be_drawn_end_it_before_the_work(mien: Mien, faces: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    found = mien("evaluate", "detector", "haar", "--data", faces, "--plots", tmp_path / "taken")
    assert found.exit_code == 2
    assert "No plots can go to" in found.stderr
    assert not found.stdout


def test_without_data_it_says_what_is_left(mien: Mien) -> None:
    found = mien("evaluate", "detector", "haar", "--rounds", "1")
    assert found.exit_code == 0, found.output
    assert "Only the speed is measured" in found.stderr
    assert "long side 320, 1 thread" in found.stdout


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["har"], 2, "Did you mean haar"),
        (["haar", "--parts", "ap"], 2, "needs --data"),
        (["haar", "--data", "coco:gone.json"], 1, "gone.json"),
        (["haar", "--data", "voc:gone"], 2, "Unknown scene 'voc'"),
        (["haar", "--heights", "a,b"], 2, "16,24,48"),
        (["haar", "--empty", "gone.mp4", "--parts", "empty"], 1, "gone.mp4"),
        (["haar", "--reference", "nobody", "--agree", "gone.mp4", "--parts", "agree"], 2, "nobody"),
    ],
)
def test_wrong_usage(mien: Mien, flags: list[str], code: int, words: str) -> None:
    found = mien("evaluate", "detector", *flags)
    assert found.exit_code == code, found.output
    assert words in found.stderr
