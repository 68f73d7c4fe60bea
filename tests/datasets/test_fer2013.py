import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import face_sets
from mien import cache, registry
from mien.datasets import _fer2013_csv
from mien.datasets.base import Samples, data_folder
from mien.datasets.fer2013 import Fer2013
from mien.errors import SourceError, UnknownName

HEADER = "emotion,pixels,Usage"


def row(emotion: object, fill: int, usage: str, pixels: int = 48 * 48) -> str:
    values = [str((fill + place) % 256) for place in range(pixels)]
    return f"{emotion},{' '.join(values)},{usage}"


def write(folder: Path, lines: list[str], name: str = "fer2013.csv") -> Path:
    path = folder / "fer2013" / name
    path.parent.mkdir(exist_ok=True)
    opener: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
    }
    data = "\n".join([HEADER, *lines, ""]).encode()
    path.write_bytes(opener.get(path.suffix, bytes)(data))
    return path


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz"])
def test_a_split_is_read_from_every_packing(tmp_path: Path, suffix: str) -> None:
    lines = [row(3, 0, "Training"), row(6, 7, "PublicTest"), row(0, 250, "Training")]
    write(tmp_path, lines, "fer2013.csv" + suffix)
    samples = Fer2013(str(tmp_path)).load("Training")
    assert samples.images.shape == (2, 48, 48)
    assert samples.images.dtype == np.uint8
    assert samples.images[1, 0, :8].tolist() == [250, 251, 252, 253, 254, 255, 0, 1]
    assert samples.targets.tolist() == [3, 0]
    assert samples.rows.tolist() == [0, 2]


@pytest.mark.parametrize(
    "quoted", ['3,"0 1",Training', "3,0 1,Training", "3,0 256,Training", "3,a b,Training"]
)
def test_bad_pixels_name_their_row(tmp_path: Path, quoted: str) -> None:
    write(tmp_path, [row(3, 0, "Training"), quoted])
    with pytest.raises(SourceError, match=r"row 1: .*pixel"):
        Fer2013(str(tmp_path)).load("Training")


def test_a_wrong_pixel_count_is_stated(tmp_path: Path) -> None:
    write(tmp_path, [row(3, 0, "Training", pixels=2303)])
    with pytest.raises(SourceError, match="row 0: 2303 pixels instead of 2304"):
        Fer2013(str(tmp_path)).load("Training")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([row(7, 0, "Training")], "emotion '7'"),
        ([row("x", 0, "Training")], "emotion 'x'"),
        (["3,Training"], "2 fields instead of 3"),
        ([row(3, 0, "PublicTest")], "no Training rows"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, lines: list[str], complaint: str) -> None:
    write(tmp_path, lines)
    with pytest.raises(SourceError, match=complaint):
        Fer2013(str(tmp_path)).load("Training")


def test_another_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path, []).write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="begins with"):
        Fer2013(str(tmp_path)).load("Training")


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, [row(3, 0, "Training")], "fer2013.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="complete"):
        Fer2013(str(tmp_path)).load("Training")


def test_an_absent_set_says_where_it_was_sought(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"fer2013\.csv.*MIEN_DATA"):
        Fer2013(str(tmp_path)).load("Training")


def test_an_unknown_split_lists_the_valid_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean Training"):
        Fer2013(str(tmp_path)).load("Trainign")


def test_leaked_rows_come_from_the_flags(tmp_path: Path) -> None:
    write(tmp_path, [row(3, 0, "Training")])
    flags = "row,row_exact,label_ambiguous,exact_dup_in_training\n17,0,0,0\n28800,1,0,1\n"
    (tmp_path / "fer2013" / "row_flags.csv").write_text(flags)
    dataset = Fer2013(str(tmp_path))
    assert dataset.leaked("PublicTest").tolist() == [28800]
    assert dataset.leaked("Training").size == 0


def test_without_flags_nothing_counts_as_leaked(tmp_path: Path) -> None:
    assert Fer2013(str(tmp_path)).leaked("PublicTest").size == 0


def test_blank_pictures_can_be_left_out() -> None:
    images = np.zeros((3, 4, 4), np.uint8)
    images[1, 2, 2] = 9
    samples = Samples(images, np.array([0, 1, 2]), np.array([5, 6, 7])).without_blank()
    assert samples.rows.tolist() == [6]
    assert len(samples) == 1


def test_where_all_are_kept_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = Samples(np.zeros((3, 4, 4), np.uint8), np.array([0, 1, 2]), np.array([5, 6, 7]))
    assert samples.only(samples.targets >= 0) is samples
    assert len(samples.only(samples.targets > 0)) == 2
    monkeypatch.setattr("mien.datasets._memory._free", lambda: 31)
    assert samples.only(samples.targets >= 0) is samples
    with pytest.raises(SourceError, match="2 pictures take"):
        samples.only(samples.targets > 0)


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert registry.load("datasets", "fer2013").root == tmp_path / "fer2013"
    monkeypatch.delenv("MIEN_DATA")
    assert data_folder() == Path("data")


def test_a_zipped_table_is_read_from_any_folder(tmp_path: Path) -> None:
    table = "\n".join([HEADER, row(3, 0, "Training"), ""])
    (tmp_path / "fer2013").mkdir()
    with zipfile.ZipFile(tmp_path / "fer2013" / "fer2013.zip", "w") as archive:
        archive.writestr("fer2013/fer2013.csv", table)
    assert Fer2013(str(tmp_path)).load("Training").targets.tolist() == [3]


def test_an_archive_without_the_table_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "fer2013").mkdir()
    with zipfile.ZipFile(tmp_path / "fer2013" / "fer2013.zip", "w") as archive:
        archive.writestr("other.txt", "x")
    with pytest.raises(SourceError, match=r"holds no fer2013\.csv, but other\.txt"):
        Fer2013(str(tmp_path)).load("Training")


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    emotion, pixels, usage = row(5, 9, "Training").split(",")
    face_sets.write(
        tmp_path / "icml_face_data.csv", ["emotion, Usage, pixels", f"{emotion},{usage},{pixels}"]
    )
    samples = Fer2013(str(tmp_path)).load("Training")
    assert samples.targets.tolist() == [5]
    assert samples.images[0, 0, 0] == 9


def test_faults_may_be_left_out(tmp_path: Path) -> None:
    write(tmp_path, [row(3, 0, "Training"), row(9, 0, "Training"), row(4, 5, "Training")])
    assert Fer2013(str(tmp_path), skip_faults=True).load("Training").rows.tolist() == [0, 2]


def test_a_row_of_no_known_part_is_a_fault_of_every_part(tmp_path: Path) -> None:
    write(tmp_path, [row(3, 0, "Training"), row(4, 5, "Test")])
    for split in ("Training", "PublicTest"):
        with pytest.raises(SourceError, match=r"part unknown: row 1: 'Test'\. Valid: Training, PublicTest"):
            Fer2013(str(tmp_path)).load(split)
    assert len(Fer2013(str(tmp_path), skip_faults=True).load("Training")) == 1


def test_pictures_in_class_folders_are_told_apart_by_their_names(tmp_path: Path) -> None:
    own = tmp_path / "fer2013"
    face_sets.put(own / "train" / "angry" / "Training_3908.jpg", 48, 48, colour=False)
    face_sets.put(own / "train" / "neutral" / "Training_7.jpg", 48, 48, colour=False)
    face_sets.put(own / "test" / "happy" / "PublicTest_5.jpg", 48, 48, colour=False)
    face_sets.put(own / "test" / "happy" / "PrivateTest_6.jpg", 48, 48, colour=False)
    dataset = Fer2013(str(tmp_path))
    assert dataset.load("Training").targets.tolist() == [0, 6]
    assert dataset.load("PublicTest").targets.tolist() == [3]
    names = dataset.load("PrivateTest").names
    assert names is not None
    assert names.tolist() == ["test/happy/PrivateTest_6.jpg"]
    assert dataset.leaked("PublicTest").size == 0


def test_a_name_of_no_part_is_a_fault(tmp_path: Path) -> None:
    for name in ("PublicTest_5", "five"):
        face_sets.put(tmp_path / "test" / "happy" / f"{name}.jpg", 48, 48, colour=False)
    with pytest.raises(SourceError, match=r"part unknown: five\.jpg"):
        Fer2013(str(tmp_path)).load("PublicTest")


def test_a_validation_folder_is_the_public_test(tmp_path: Path) -> None:
    for part in ("train", "validation", "test"):
        face_sets.put(tmp_path / part / "fear" / f"{part}.png", 48, 48, colour=False)
    dataset = Fer2013(str(tmp_path))
    names = [dataset.load(split).names for split in dataset.splits]
    assert [name.tolist() for name in names if name is not None] == [
        ["train/fear/train.png"],
        ["validation/fear/validation.png"],
        ["test/fear/test.png"],
    ]


def test_a_missing_folder_names_its_part(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "train" / "fear" / "a.png", 48, 48, colour=False)
    with pytest.raises(SourceError, match="no folder PublicTest or val"):
        Fer2013(str(tmp_path)).load("PublicTest")
    with pytest.raises(SourceError, match="no folder PrivateTest or test"):
        Fer2013(str(tmp_path)).load("PrivateTest")


def test_flags_without_their_columns_are_refused(tmp_path: Path) -> None:
    write(tmp_path, [row(3, 0, "Training")])
    (tmp_path / "fer2013" / "row_flags.csv").write_text("row,x\n1,2\n")
    with pytest.raises(SourceError, match="columns row and exact_dup_in_training"):
        Fer2013(str(tmp_path)).leaked("PublicTest")


@pytest.mark.parametrize("name", ["fer2013.csv", "fer2013.csv.gz", "fer2013.csv.bz2", "fer2013.csv.xz"])
def test_a_large_table_is_unpacked_once(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fer2013_csv, "KEPT_FROM", 0)
    lines = [row(3, 0, "Training"), row(6, 7, "PublicTest"), row(9, 0, "Training"), row(0, 250, "Training")]
    path = write(tmp_path, lines, name)
    fresh = [Fer2013(str(tmp_path)).read(split) for split in ("Training", "PublicTest")]
    monkeypatch.setattr(_fer2013_csv, "parse", lambda path: pytest.fail(f"{path} was read again"))
    kept = [Fer2013(str(tmp_path)).read(split) for split in ("Training", "PublicTest")]
    for one, other in zip(fresh, kept, strict=True):
        assert np.array_equal(one.samples.images, other.samples.images)
        assert one.samples.images.dtype == other.samples.images.dtype
        assert one.samples.targets.tolist() == other.samples.targets.tolist()
        assert one.samples.rows.tolist() == other.samples.rows.tolist()
        assert one.faults == other.faults
    assert kept[0].samples.rows.tolist() == [0, 3]
    assert "emotion '9'" in kept[0].faults[0].what
    with pytest.raises(SourceError, match="has no PrivateTest rows"):
        Fer2013(str(tmp_path)).load("PrivateTest")
    path.touch()
    with pytest.raises(pytest.fail.Exception, match="was read again"):
        Fer2013(str(tmp_path)).read("Training")


def test_a_small_table_is_not_kept(tmp_path: Path) -> None:
    write(tmp_path, [row(3, 0, "Training")])
    Fer2013(str(tmp_path)).load("Training")
    assert not cache.folder().exists()


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    path = write(tmp_path, [row(3, 0, "Training"), row(6, 7, "Training")])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Fer2013(str(tmp_path)).load("Training").targets.tolist() == [3, 6]


def test_empty_lines_and_a_spreadsheets_mark_change_nothing(tmp_path: Path) -> None:
    own = face_sets.fer2013(tmp_path).own
    plain = Fer2013(str(own)).load("PublicTest")
    text = (own / "fer2013.csv").read_text("utf-8")
    (own / "fer2013.csv").write_text("\ufeff" + text.replace("\n", "\r\n") + "\r\n\n", "utf-8", newline="")
    marked = Fer2013(str(own)).load("PublicTest")
    assert marked.rows.tolist() == plain.rows.tolist()
    assert np.array_equal(marked.images, plain.images)


def test_a_row_with_foreign_letters_is_named(tmp_path: Path) -> None:
    rows = [face_sets.fer_row(0, 1, "Training"), face_sets.fer_row(0, 2, "Training").replace(" ", " é", 1)]
    path = face_sets.write(tmp_path / "fer2013.csv", ["emotion,pixels,Usage", *rows])
    with pytest.raises(SourceError, match="row 1: a pixel is not a whole number"):
        Fer2013(str(path)).load("Training")


def test_the_table_itself_may_be_named(tmp_path: Path) -> None:
    built = face_sets.fer2013(tmp_path)
    path = (built.own / "fer2013.csv").rename(built.own / "my table.csv")
    dataset = Fer2013(str(path))
    assert dataset.root == built.own
    assert len(dataset.load("Training")) == built.counts["Training"]


def test_the_challenges_own_name_is_known_in_an_archive(tmp_path: Path) -> None:
    built = face_sets.fer2013(tmp_path)
    with zipfile.ZipFile(built.own / "fer2013.zip", "w") as archive:
        archive.write(built.own / "fer2013.csv", "icml_face_data.csv")
    (built.own / "fer2013.csv").unlink()
    assert len(Fer2013(str(built.own)).load("Training")) == built.counts["Training"]


def test_names_that_all_tell_of_no_part_say_why_there_is_no_picture(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "test" / "happy" / "im0.png", 48, 48)
    complaint = r"no picture .*, but 1 x part unknown:\n.* im0\.png: its name begins"
    with pytest.raises(SourceError, match=complaint):
        Fer2013(str(tmp_path)).load("PublicTest")


def test_folders_may_be_called_as_the_parts_are(tmp_path: Path) -> None:
    for part in ("Training", "PublicTest", "PrivateTest"):
        face_sets.put(tmp_path / part / "happy" / "0.png", 48, 48)
    assert [len(Fer2013(str(tmp_path)).load(part)) for part in Fer2013.splits] == [1, 1, 1]


def test_an_archive_with_a_password_says_so(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("fer2013.csv", "emotion,pixels,Usage\n")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="is encrypted"):
        Fer2013(str(tmp_path)).load("Training")


def test_an_archive_of_files_is_to_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.tar.gz"
    path.write_bytes(b"x")
    with pytest.raises(SourceError, match="Unpack it"):
        Fer2013(str(path)).load("Training")


@pytest.mark.parametrize("pixels", ["", "  "])
def test_a_row_without_pixels_says_so(tmp_path: Path, pixels: str) -> None:
    face_sets.write(tmp_path / "fer2013.csv", ["emotion,pixels,Usage", f"0,{pixels},Training"])
    with pytest.raises(SourceError, match="row 0: no pixels"):
        Fer2013(str(tmp_path)).load("Training")


def test_a_short_line_of_flags_is_refused(tmp_path: Path) -> None:
    own = face_sets.fer2013(tmp_path).own
    face_sets.write(own / "row_flags.csv", ["exact_dup_in_training,row_exact,row", "1,0"])
    with pytest.raises(SourceError, match=r"row_flags\.csv"):
        Fer2013(str(own)).leaked("PublicTest")


def test_a_header_may_stand_in_quotes_as_its_rows_may(tmp_path: Path) -> None:
    path = write(tmp_path, [row(3, 0, "Training")])
    quoted = [",".join(f'"{field}"' for field in line.split(",")) for line in path.read_text().splitlines()]
    path.write_text("\n".join(quoted))
    assert Fer2013(str(path)).load("Training").targets.tolist() == [3]


def test_of_a_table_without_a_header_the_beginning_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, [])
    path.write_text(row(3, 0, "Training"))
    with pytest.raises(SourceError, match=r"begins with '3,0 1 2") as refused:
        Fer2013(str(path)).load("Training")
    assert len(str(refused.value)) < 200 + len(str(path))


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_an_ending_may_be_in_capitals(tmp_path: Path, suffix: str) -> None:
    table = write(tmp_path, [row(3, 0, "Training")])
    path = tmp_path / f"FER2013.CSV{suffix.upper()}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(table, "fer2013.csv")
    else:
        path.write_bytes(gzip.compress(table.read_bytes()))
    assert len(Fer2013(str(path)).load("Training")) == 1


def test_folders_of_parts_may_be_in_capitals(tmp_path: Path) -> None:
    own = tmp_path / "fer2013"
    face_sets.put(own / "Train" / "Angry" / "1.png", 48, 48, colour=False)
    face_sets.put(own / "Test" / "Angry" / "PublicTest_1.png", 48, 48, colour=False)
    dataset = Fer2013(str(tmp_path))
    assert [len(dataset.load(split)) for split in ("Training", "PublicTest")] == [1, 1]


def test_flags_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    path = write(tmp_path, [row(3, 0, "Training"), row(3, 0, "PublicTest")])
    text = "\ufeffrow,exact_dup_in_training\r\n1,1\r\n"
    path.with_name("row_flags.csv").write_bytes(text.encode())
    assert Fer2013(str(tmp_path)).leaked("PublicTest").tolist() == [1]
