from pathlib import Path

import pytest

import face_sets
from mien.datasets.mmi import Mmi
from mien.errors import BadOption, SourceError
from mien.labels import FER7


def opened(own: Path, **options: object) -> Mmi:
    return Mmi(str(own), detector="", colour=False, **options)  # type: ignore[arg-type]


def test_the_middle_is_the_peak_and_the_first_frame_is_neutral(tmp_path: Path) -> None:
    samples = opened(face_sets.mmi(tmp_path).own).load("all")
    assert [FER7[target] for target in samples.targets] == [
        *["angry"] * 3,
        "neutral",
        *["surprise"] * 3,
        "neutral",
    ]
    brightness = [round(float(image[90, 56]), -1) for image in samples.images[:4]]
    assert brightness == [50, 60, 70, 20]  # frames 3, 4, 5 and 0 of 9
    assert samples.subjects is not None
    assert samples.subjects.tolist() == ["S001"] * 4 + ["S002"] * 4
    assert samples.groups["view"].tolist() == ["0"] * 4 + [""] * 4
    assert samples.groups["session"].tolist() == ["1"] * 4 + ["10"] * 4
    assert samples.names is not None
    assert samples.names[0] == "Sessions/1/S001-001.avi#3"


def test_one_frame_of_each_will_do(tmp_path: Path) -> None:
    samples = opened(face_sets.mmi(tmp_path).own, peak=1, neutral=False).load("all")
    assert len(samples) == 2
    assert round(float(samples.images[0, 90, 56]), -1) == 60


def test_the_folder_sessions_may_be_left_out(tmp_path: Path) -> None:
    own = face_sets.mmi(tmp_path).own
    assert len(opened(own / "Sessions").load("all")) == 8


def test_a_short_video_is_a_fault(tmp_path: Path) -> None:
    own = tmp_path / "mmi"
    face_sets.mmi_session(own, 1, "S001-001", "2")
    face_sets.mmi_session(own, 2, "S001-002", "2", frames=2)
    with pytest.raises(SourceError, match=r"S001-002\.avi' has 2 frames; more than 3"):
        opened(own).load("all")
    assert len(opened(own, skip_faults=True).load("all")) == 4


def test_a_broken_video_or_description_is_a_fault(tmp_path: Path) -> None:
    own = face_sets.mmi(tmp_path).own
    (own / "Sessions" / "1" / "S001-001.avi").write_bytes(b"no video")
    (own / "Sessions" / "10" / "S002-010.xml").write_text("<Session>")
    reading = opened(own).read
    with pytest.raises(SourceError, match="but 2 x bad session"):
        reading("all")


def test_a_video_that_breaks_off_is_noticed(tmp_path: Path) -> None:
    own = face_sets.mmi(tmp_path).own
    dataset = opened(own)
    entry = dataset.everything().entries[0]
    with pytest.raises(SourceError, match="has no frame 99"):
        dataset.picture(type(entry)(entry.path, entry.label, 0, frame=99))


def test_a_peak_has_a_frame() -> None:
    with pytest.raises(BadOption, match="peak=0"):
        Mmi(peak=0)


@pytest.mark.parametrize("text", ['<?xml version="1.0" encoding="x-none"?><a/>', "<a"])
def test_a_description_in_no_known_encoding_is_a_fault(tmp_path: Path, text: str) -> None:
    own = face_sets.mmi(tmp_path).own
    (own / "Sessions" / "1" / "S001-001.xml").write_text(text)
    reading = opened(own).read("all")
    assert len(reading.samples) == 4
    assert [fault.kind for fault in reading.faults] == ["bad session"]


def test_a_tag_that_is_no_number_names_no_expression(tmp_path: Path) -> None:
    own = face_sets.mmi(tmp_path).own
    face_sets.write(
        own / "Sessions" / "1" / "S001-001.xml", ['<a><Metatag Name="Emotion" Value="\u00b2"/></a>']
    )
    assert len(opened(own).load("all")) == 4


def test_a_descriptions_ending_may_be_in_capitals(tmp_path: Path) -> None:
    own = face_sets.mmi(tmp_path).own
    path = own / "Sessions" / "1" / "S001-001.xml"
    path.rename(path.with_suffix(".XML"))
    assert len(opened(own).load("all")) == 8
