"""``mien run``, whole: from the command line to files, streams and exit codes."""

import csv
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from typer.testing import Result

from mien import imageops
from mien.evaluation.scene import made_scene
from mien.web.settings import Settings

Mien = Callable[..., Result]
MakeVideo = Callable[..., Path]


@pytest.fixture
def face(tmp_path: Path) -> Path:
    path = tmp_path / "face.jpg"
    path.write_bytes(imageops.encode(made_scene()[0]))
    return path


def _one_error(found: Result, code: int, *words: str) -> None:
    assert found.exit_code == code, found.output
    assert "Traceback" not in found.stderr
    assert found.stderr.startswith(("Error", "Usage"))
    assert all(word in found.stderr for word in words), found.stderr


def test_json_lines_on_stdout_where_nothing_else_is_asked_for(mien: Mien, face: Path) -> None:
    found = mien("run", face)
    assert found.exit_code == 0, found.output
    result = json.loads(found.stdout)
    assert len(result["faces"]) == 1
    assert result["source"] == str(face)
    assert "face.jpg: 1 frame" in found.stderr


def test_csv_on_stdout_is_nothing_but_csv(mien: Mien, make_video: MakeVideo) -> None:
    found = mien("run", make_video("drift.mp4", frames=4), "--csv", "-", "--every", 2)
    rows = list(csv.DictReader(found.stdout.splitlines()))
    assert [row["frame"] for row in rows] == ["0", "2"]


def test_all_outputs_of_one_run(mien: Mien, make_video: MakeVideo, tmp_path: Path) -> None:
    files = {name: tmp_path / f"x.{name}" for name in ("csv", "jsonl", "parquet", "mp4", "html")}
    flags = ("--csv", "--jsonl", "--parquet", "--video", "--report")
    given = [part for pair in zip(flags, files.values(), strict=True) for part in pair]
    found = mien("run", make_video("drift.mp4", frames=6), *given, "--start", "0:00.2", "--no-bars")
    assert found.exit_code == 0, found.output
    assert all(path.stat().st_size > 0 for path in files.values())
    assert len(files["jsonl"].read_text("utf-8").splitlines()) == 4
    record = json.loads((tmp_path / "x.csv.run.json").read_text("utf-8"))
    assert record["options"]["drawing"]["bars"] is False
    assert record["models"]["classifier"]["sha256"]
    assert "Wrote" in found.stderr


def test_measures_follow_the_standard_columns(mien: Mien, face: Path, tmp_path: Path) -> None:
    table, lines = tmp_path / "x.csv", tmp_path / "x.jsonl"
    found = mien(
        "run",
        face,
        "--csv",
        table,
        "--jsonl",
        lines,
        "--measures",
        "motion,quality,pose",
        "--detector",
        "haar",
    )
    assert found.exit_code == 0, found.output
    with table.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row)[:2] == ["source", "frame"]
    assert list(row)[-4:] == ["quality_light", "roll", "yaw", "pitch"]
    assert float(row["quality"]) > 0
    assert abs(float(row["roll"])) < 10, "haar gives no points: mien_68 is brought along"
    assert row["motion_face"] == "", "a picture has no earlier frame"
    seen = json.loads(lines.read_text("utf-8"))["faces"][0]
    assert seen["measures"]["quality"] == float(row["quality"])
    assert seen["measures"]["motion_face"] is None
    record = json.loads((tmp_path / "x.csv.run.json").read_text("utf-8"))
    assert record["options"]["measures"] == ["motion", "quality", "pose"]
    assert record["options"]["aligner"] == "eyes"


def test_points_regions_and_measures_on_a_picture(mien: Mien, face: Path, tmp_path: Path) -> None:
    plain, drawn, lines = tmp_path / "plain.png", tmp_path / "drawn.png", tmp_path / "x.jsonl"
    assert mien("run", face, "--picture", plain).exit_code == 0
    flags = ("--draw", "points,regions,measures,pose", "--measures", "geometry")
    found = mien("run", face, "--picture", drawn, "--jsonl", lines, *flags)
    assert found.exit_code == 0, found.output
    assert (imageops.read(plain) != imageops.read(drawn)).any()
    seen = json.loads(lines.read_text("utf-8"))["faces"][0]
    assert len(seen["landmarks"]) == 68
    assert set(seen["pose"]) == {"roll", "yaw", "pitch"}
    record = json.loads((tmp_path / "x.jsonl.run.json").read_text("utf-8"))
    assert record["models"]["landmarker"]["name"] == "mien_68"
    assert len(record["models"]["landmarker"]["sha256"]) == 64


def test_faces_too_poor_to_read_are_told(mien: Mien, face: Path) -> None:
    blurred = cv2.GaussianBlur(imageops.read(face), (0, 0), 6)
    face.write_bytes(imageops.encode(np.asarray(blurred, np.uint8)))
    found = mien("run", face, "--csv", "-", "--min-quality", "0.99")
    assert found.exit_code == 0, found.output
    row = next(csv.DictReader(found.stdout.splitlines()))
    assert (row["label"], row["happy"]) == ("", "")
    assert float(row["quality"]) < 0.99
    assert "100 % of the faces were too poor to be read" in found.stderr


def test_a_folder_with_a_summary_and_then_nothing_to_do(
    mien: Mien, make_video: MakeVideo, tmp_path: Path
) -> None:
    make_video("a.mp4", frames=3)
    make_video("b.mp4", frames=3)
    out = tmp_path / "out"
    first = mien("run", tmp_path / "*.mp4", "--out", out, "--formats", "csv,jsonl")
    assert first.exit_code == 0, first.output
    assert {path.name for path in out.iterdir()} == {
        *("a.csv", "a.jsonl", "a.run.json", "b.csv", "b.jsonl", "b.run.json"),
        *("summary.csv", "summary.json"),
    }
    assert "surprise" in first.stderr
    before = (out / "a.csv").stat().st_mtime_ns
    second = mien("run", tmp_path / "*.mp4", "--out", out, "--formats", "csv,jsonl")
    assert "2 done already" in second.stderr
    assert (out / "a.csv").stat().st_mtime_ns == before
    with (out / "summary.csv").open(encoding="utf-8") as file:
        assert {Path(row["source"]).name for row in csv.DictReader(file)} == {"a.mp4", "b.mp4"}


def test_some_of_many_fail(mien: Mien, make_video: MakeVideo, tmp_path: Path) -> None:
    make_video("a.mp4", frames=3)
    (tmp_path / "b.mp4").write_bytes(b"")
    found = mien("run", tmp_path / "*.mp4", "--out", tmp_path / "out")
    assert found.exit_code == 1
    assert f"Error: {tmp_path / 'b.mp4'}: " in found.stderr
    assert (tmp_path / "out" / "a.csv").exists()
    sources = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["sources"]
    assert [source["state"] for source in sources] == ["done", "failed"]


def test_a_video_that_breaks_off(mien: Mien, truncated_video: Path, tmp_path: Path) -> None:
    found = mien("run", truncated_video, "--csv", tmp_path / "x.csv")
    assert found.exit_code == 1
    assert "Partial: " in found.stderr
    assert (tmp_path / "x.csv").stat().st_size > 0
    assert json.loads((tmp_path / "x.csv.run.json").read_text("utf-8"))["state"] == "partial"


def _huge_png() -> bytes:
    """20,000 x 20,000 pixels by its header, and a few bytes of them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99)))


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("text.jpg", b"words, not pixels", "not a picture"),
        ("empty.jpg", b"", "0 bytes"),
        ("empty.mp4", b"", "empty"),
        ("huge.png", _huge_png(), "limit"),
        ("text.mp4", b"words, not pixels" * 99, "text.mp4"),
    ],
    ids=["text.jpg", "empty.jpg", "empty.mp4", "huge.png", "text.mp4"],
)
def test_bad_files(mien: Mien, tmp_path: Path, name: str, data: bytes, word: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    _one_error(mien("run", path, "--csv", tmp_path / "x.csv"), 1, name, word)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_picture_cut_short(mien: Mien, face: Path, tmp_path: Path) -> None:
    face.write_bytes(face.read_bytes()[:2000])
    _one_error(mien("run", face, "--csv", tmp_path / "x.csv"), 1, "face.jpg", "cut short")
    assert not (tmp_path / "x.csv").exists()


def test_a_file_that_is_not_there(mien: Mien, tmp_path: Path) -> None:
    _one_error(mien("run", tmp_path / "gone.jpg"), 1, "gone.jpg")
    _one_error(mien("run", tmp_path / "gone.mp4"), 1, "gone.mp4")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--detector", "hair"], ["hair", "Did you mean haar"]),
        (["--detector", "haar:long=1"], ["option", "long", "Valid"]),
        (["--classifier", "mini_exception"], ["Did you mean mini_xception"]),
        (["--tracker", "iou"], ["iou_kalman"]),
        (["--formats", "cvs", "--out", "out"], ["Did you mean csv"]),
        (["--start", "soon"], ["soon", "is no time"]),
        (["--every", "0"], ["every=0"]),
        (["--max-faces", "-1"], ["max_faces=-1"]),
        (["--colour", "red", "--video", "x.mp4"], ["red", "#RRGGBB"]),
        (["--video", "-"], ["--video", "stdout"]),
        (["--csv", "-", "--jsonl", "-"], ["stdout"]),
        (["--cvs", "x"], ["--csv"]),
        (["--measures", "pose,geometri"], ["Unknown measure", "Did you mean geometry"]),
        (["--landmarker", "nobody"], ["Unknown landmarker", "nobody"]),
        (["--aligner", "eye"], ["Did you mean eyes"]),
        (["--min-quality", "1.5"], ["min_quality=1.5"]),
        (["--draw", "boxes,beard"], ["Unknown part of the picture 'beard'", "points"]),
        (["--camera-size", "1280x720"], ["option of these sources 'width'"]),
        (["--capture", "patience=3"], ["option of these sources 'patience'"]),
        (["--config", "none.toml"], ["none.toml"]),
    ],
)
def test_wrong_usage(
    mien: Mien, face: Path, flags: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(face.parent)
    _one_error(mien("run", face, *flags), 2, *words)
    assert [entry.name for entry in face.parent.iterdir() if entry.is_file()] == ["face.jpg"]


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--classifier", "none.onnx"], "none.onnx"),
        (["--detector", "yunet:weights=none.onnx"], "none.onnx"),
        (["--csv", "none/x.csv"], "none"),
        (["--out", "none/deep"], "none"),
    ],
)
def test_missing_files_and_folders(mien: Mien, face: Path, flags: list[str], word: str) -> None:
    _one_error(mien("run", face, *flags), 1, word)


def test_one_video_for_two_sources_is_refused(mien: Mien, make_video: MakeVideo, tmp_path: Path) -> None:
    videos = make_video("a.mp4", frames=2), make_video("b.mp4", frames=2)
    _one_error(mien("run", *videos, "--video", tmp_path / "x.mp4"), 2, "--out FOLDER --formats video")


def test_show_takes_one_source(mien: Mien) -> None:
    _one_error(mien("run", "a.mp4", "b.mp4", "--show"), 2, "one source")


def test_show_opens_the_page_on_the_source(
    mien: Mien, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []
    told: list[Settings] = []
    config = tmp_path / "mien.toml"
    config.write_text("[sources]\ndoor = 3\n[draw]\nbars = false\n", "utf-8")

    class Server:
        urls = ("http://127.0.0.1:8000/",)

        def __init__(self, settings: Settings) -> None:
            self.settings = settings
            told.append(settings)

    monkeypatch.setattr("mien.web.server.serve", lambda settings, started: started(Server(settings)))
    monkeypatch.setattr("webbrowser.open", opened.append)
    found = mien("run", "my clip.mp4", "--show", "--detector", "haar", "--config", str(config))
    assert found.exit_code == 0, found.output
    assert opened == ["http://127.0.0.1:8000/#live?source=my%20clip.mp4"]
    assert (told[0].analyzer.detector, told[0].style.bars, told[0].sources) == ("haar", False, {"door": 3})


def test_a_terminal_shows_a_live_table(
    mien: Mien, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True), argv=["mien"])
    monkeypatch.setattr("mien.cli.run.sys", terminal)
    found = mien("run", make_video("drift.mp4", frames=3))
    assert found.exit_code == 0, found.output
    assert "surprise" in found.stdout
    assert "{" not in found.stdout


def test_a_terminal_shows_progress(
    mien: Mien, make_video: MakeVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    found = mien("run", make_video("drift.mp4", frames=3), "--csv", tmp_path / "x.csv")
    assert found.exit_code == 0, found.output
    assert "left" in found.stderr
    assert found.stdout == ""


def test_a_name_in_brackets_is_shown_whole(mien: Mien, make_video: MakeVideo, tmp_path: Path) -> None:
    clips = [make_video(f"{name} [final].mp4", frames=3) for name in "ab"]
    done = mien("run", *clips, "--csv", tmp_path / "all.csv")
    assert "a [final]" in done.stderr


def test_only_what_is_there_was_written(mien: Mien, make_video: MakeVideo, tmp_path: Path) -> None:
    done = mien("run", make_video("a.mp4", frames=3), "--start", "100", "--video", tmp_path / "drawn.mp4")
    assert not (tmp_path / "drawn.mp4").exists()
    assert "Wrote" not in done.stderr


def test_formats_are_of_a_folder(mien: Mien, face: Path) -> None:
    done = mien("run", face, "--formats", "csv,report")
    assert done.exit_code == 2
    assert "--out FOLDER" in done.stderr
