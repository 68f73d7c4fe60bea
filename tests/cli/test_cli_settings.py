from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.batch import Span
from mien.cli import _settings
from mien.errors import BadOption, UnknownName


@pytest.mark.parametrize(
    ("text", "expected"), [("90.5", 90.5), ("1:30.5", 90.5), ("1:00:01", 3601), ("0", 0)]
)
def test_times(text: str, expected: float) -> None:
    assert _settings.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "-1", "1:-2", "nan", "inf", ":"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(BadOption, match="is no time"):
        _settings.seconds(text)


@given(st.integers(0, 99), st.integers(0, 59), st.floats(0, 59.99))
def test_hours_minutes_and_seconds_add_up(hours: int, minutes: int, seconds: float) -> None:
    found = _settings.seconds(f"{hours}:{minutes}:{seconds}")
    assert found == pytest.approx(hours * 3600 + minutes * 60 + seconds)


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mien.toml"
    path.write_text(text, "utf-8")
    return path


def test_flags_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    path = _file(
        tmp_path, "[analyzer]\nmax_faces = 4\nmin_face = 20.0\n[run]\nevery = 3\n[draw]\nbars = false\n"
    )
    settings = _settings.read(path, {"max_faces": 2, "every": None, "start": "1:00", "csv": "x.csv"})
    assert (settings.analyzer.max_faces, settings.analyzer.min_face) == (2, 20.0)
    assert settings.span == Span(every=3, start=60.0)
    assert settings.drawing["bars"] is False
    assert settings.drawing["boxes"] is True


def test_names_stand_for_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = _settings.read(_file(tmp_path, '[sources]\ndoor = "rtsp://host/door"\ndesk = 1\n'), {})
    assert [settings.target(text) for text in ("door", "desk", "0", "a.mp4")] == [
        "rtsp://host/door",
        1,
        0,
        "a.mp4",
    ]
    Path("0").write_bytes(b"a file called 0")
    assert settings.target("0") == "0"
    assert settings.target("²") == "²"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[analyser]\n", "Unknown settings table 'analyser'. Did you mean analyzer"),
        ("[analyzer]\ndetektor = 1\n", "Did you mean detector"),
        ("[draw]\nscale = 'big'\n", "scale = 'big' does not fit: give a number"),
        ("run = 3\n", r"'run' is a table: write \[run\]"),
        ("sources = 'a.mp4'\n", r"'sources' is a table"),
        ("[sources]\ndoor = 1.5\n", "door = 1.5 is no source"),
    ],
)
def test_a_file_that_does_not_fit_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises((BadOption, UnknownName), match=message):
        _settings.read(_file(tmp_path, text), {})


def test_lists_of_words() -> None:
    assert _settings.words("csv, video", ["csv", "video"], "output format") == ("csv", "video")
    with pytest.raises(UnknownName, match="Did you mean csv"):
        _settings.words("cvs", ["csv", "video"], "output format")
    with pytest.raises(BadOption, match="No output format"):
        _settings.words(" , ", ["csv"], "output format")


def test_measures_are_a_list_in_the_file_and_one_text_on_the_command_line(tmp_path: Path) -> None:
    path = _file(tmp_path, '[analyzer]\nmeasures = ["pose", "quality"]\nmin_quality = 0.2\n')
    assert _settings.read(path, {}).analyzer.measures == ("pose", "quality")
    settings = _settings.read(path, {"measures": "geometry, motion", "aligner": "eyes"}).analyzer
    assert (settings.measures, settings.aligner, settings.min_quality) == (
        ("geometry", "motion"),
        "eyes",
        0.2,
    )


def test_draw_switches_parts_on(tmp_path: Path) -> None:
    path = _file(tmp_path, "[draw]\nbars = false\n")
    drawing = _settings.read(path, {"draw": "points,bars", "labels": False, "measures": "pose"}).drawing
    assert (drawing["points"], drawing["bars"], drawing["labels"], drawing["boxes"]) == (
        True,
        True,
        False,
        True,
    )
    with pytest.raises(UnknownName, match="part of the picture 'scale'"):
        _settings.read(None, {"draw": "scale"})


def test_what_is_shown_is_computed_too() -> None:
    shown = _settings.read(None, {"draw": "regions,pose,measures"})
    assert (shown.analyzer.landmarker, shown.analyzer.measures) == ("mien_68", _settings.SHOWN)
    assert shown.drawing["measures"] is True
    assert _settings.read(None, {"points": True}).analyzer.landmarker == "mien_68"
    assert _settings.read(None, {"draw": "measures", "measures": "motion"}).analyzer.measures == ("motion",)
    assert _settings.read(None, {"draw": "pose"}).analyzer.measures == ("pose",)
    own = {"draw": "regions,pose", "landmarker": "dlib_68", "measures": "pose,quality"}
    assert _settings.read(None, own).analyzer.landmarker == "dlib_68"
    assert _settings.read(None, own).analyzer.measures == ("pose", "quality")


def test_sources_are_opened_as_the_file_and_the_flags_say(tmp_path: Path) -> None:
    path = _file(tmp_path, "[capture]\nwidth = 640\npatience = 5\n")
    assert _settings.read(path, {}).capture == {"width": 640, "patience": 5}
    flags = {"camera_size": "1280x720", "capture": "patience=30, transport=udp"}
    assert _settings.read(path, flags).capture == {
        "width": 1280,
        "height": 720,
        "patience": "30",
        "transport": "udp",
    }


def test_what_the_file_says_of_cameras_does_not_keep_pictures_from_being_read(tmp_path: Path) -> None:
    settings = _settings.read(_file(tmp_path, "[capture]\nwidth = 640\n"), {"capture": "patience=3"})
    assert settings.options(()) == {"patience": "3"}  # asked for just now: said where nobody knows it
    assert settings.options({"width"}) == {"width": 640, "patience": "3"}
    with pytest.raises(UnknownName, match=r"\[capture\] 'widht'. Did you mean width"):
        _settings.read(_file(tmp_path, "[capture]\nwidht = 640\n"), {})


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"camera_size": "large"}, "--camera-size large is no size"),
        ({"camera_size": "99999x10000"}, "too large"),
        ({"camera_size": "16x16"}, "32 or more"),
        ({"capture": "patience"}, "names no options"),
        ({"capture": "=3"}, "names no options"),
    ],
)
def test_what_opens_no_source_is_said(flags: dict[str, str], words: str) -> None:
    with pytest.raises(BadOption, match=words):
        _settings.read(None, flags)
