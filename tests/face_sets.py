"""Small data sets in their published layouts, their pictures made by code."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from mien.datasets.affectnet import COLUMNS
from mien.types import Image

FER_COLUMNS = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


@dataclass(frozen=True)
class Built:
    """Where a set was put, the options to read it with, and how many pictures each part has."""

    own: Path
    counts: dict[str, int]
    options: dict[str, Any] = field(default_factory=dict)


def pattern(name: str, width: int = 64, height: int = 64, colour: bool = True) -> Image:
    """A picture of noise in large grains that is the same for the same ``name`` and unlike all others."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    grains = random.integers(0, 256, (8, 8, 3) if colour else (8, 8), dtype=np.uint8)
    return np.asarray(cv2.resize(grains, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def put(path: Path, width: int = 64, height: int = 64, colour: bool = True) -> Path:
    """Write `pattern` of the path's name to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ok, data = cv2.imencode(path.suffix.lower(), pattern(path.name, width, height, colour))
    assert ok
    path.write_bytes(data.tobytes())
    return path


def write(path: Path, lines: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def fer_row(emotion: object, fill: int, usage: str, pixels: int = 48 * 48) -> str:
    values = [str((fill + place) % 256) for place in range(pixels)]
    return f"{emotion},{' '.join(values)},{usage}"


def fer2013(folder: Path) -> Built:
    own, usages = folder / "fer2013", {"Training": 5, "PublicTest": 3, "PrivateTest": 2}
    rows = [
        fer_row(place % 7, 10 * place + number, usage)
        for number, (usage, count) in enumerate(usages.items())
        for place in range(count)
    ]
    write(own / "fer2013.csv", ["emotion,pixels,Usage", *rows])
    return Built(own, usages)


def ferplus(folder: Path) -> Built:
    built = fer2013(folder)
    votes = ["10,0,0,0,0,0,0,0,0,0", "0,0,0,0,8,0,0,0,2,0", "1,0,0,0,0,0,9,0,0,0"]
    usages = [usage for usage, count in built.counts.items() for _ in range(count)]
    lines = [f"{usage},fer{row:07}.png,{votes[row % 3]}" for row, usage in enumerate(usages)]
    write(built.own / "fer2013new.csv", [f"Usage,Image name,{FER_COLUMNS}", *lines])
    return built


def folder(folder: Path) -> Built:
    own = folder / "mine"
    for part, count in (("train", 3), ("val", 2)):
        for name in ("Anger", "happy", "Surprise"):
            for number in range(count):
                put(own / part / name / f"{part}{number} é.jpg", 40 + number, 50)
    return Built(own, {"train": 9, "val": 6})


def ckplus48(folder: Path) -> Built:
    own = folder / "CK+48"
    for person in (10, 11, 12, 13):
        for place, name in enumerate(("anger", "contempt", "happy")):
            for frame in (17, 18, 19):
                put(own / name / f"S{person:03}_{place:03}_{frame:08}.png", 48, 48, colour=False)
    return Built(own, {"all": 36})


def sequence(own: Path, person: str, number: str, frames: int, code: str = "", units: str = "") -> None:
    """One sequence of CK+, with an expression's ``code``, and ``units`` as "4 3" (unit and intensity)."""
    stem = f"{person}_{number}_"
    for frame in range(1, frames + 1):
        put(own / "cohn-kanade-images" / person / number / f"{stem}{frame:08}.png", colour=False)
    last = f"{stem}{frames:08}"
    if code:
        write(own / "Emotion" / person / number / f"{last}_emotion.txt", [f"   {float(code):.7e}"])
    if units:
        lines = ["   ".join(f"{float(value):.7e}" for value in pair.split()) for pair in units.split(",")]
        write(own / "FACS" / person / number / f"{last}_facs.txt", lines)


def ckplus(folder: Path) -> Built:
    own = folder / "ckplus"
    sequence(own, "S005", "001", 6, "3", "9 3,17 4,25 0")
    sequence(own, "S010", "002", 7, "7", "1 0")
    sequence(own, "S010", "003", 5, "2", "14 2")
    sequence(own, "S011", "001", 5, "", "4 5")
    (own / "Emotion" / "S011" / "001").mkdir(parents=True)  # as published: a folder without a label
    return Built(own, {"all": 12}, {"detector": ""})


def jaffe(folder: Path) -> Built:
    own = folder / "jaffe"
    for number, person in enumerate(("KA", "KL", "YM")):
        for place, code in enumerate(("AN", "DI", "FE", "HA", "NE", "SA", "SU")):
            put(own / f"{person}.{code}1.{7 * number + place}.tiff", 256, 256, colour=False)
    write(own / "README", ["not a picture"])
    return Built(own, {"all": 21}, {"detector": ""})


def kdef(folder: Path) -> Built:
    own = folder / "KDEF"
    for actor in ("AF01", "BF01", "AM02"):
        for code in ("AF", "AN", "NE"):
            for view in ("FL", "S", "HR"):
                put(own / actor / f"{actor}{code}{view}.JPG", 56, 76)
    return Built(own, {"all": 27}, {"detector": ""})


def akdef(folder: Path) -> Built:
    own = folder / "AKDEF"
    for sex in "FM":
        for code in ("AF", "HA", "SU"):
            put(own / f"{sex}{code}S.JPG", 56, 76, colour=False)
    return Built(own, {"all": 6}, {"detector": ""})


def rafd(folder: Path) -> Built:
    own = folder / "rafd"
    for model in ("01_Caucasian_female", "45_Moroccan_male"):
        for expression in ("angry", "contemptuous", "fearful"):
            for camera in ("045", "090"):
                put(own / f"Rafd{camera}_{model}_{expression}_frontal.jpg", 68, 102)
    return Built(own, {"all": 12}, {"detector": ""})


def mmi_session(own: Path, number: int, name: str, emotion: str, frames: int = 9, view: str = "") -> None:
    """One session; its frames have the brightness 20, 30, 40 ... so that each can be told."""
    path = own / "Sessions" / str(number) / f"{name}.avi"
    path.parent.mkdir(parents=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 64, 48, "yuv420p", 2_000_000
        for frame in range(frames):
            grains = np.full((48, 64, 3), 20 + 10 * frame, np.uint8)
            grains[:8, :8] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grains, "bgr24")))
        container.mux(stream.encode(None))
    tag = f'<Metatag Name="Emotion" Value="{emotion}"/>' if emotion else ""
    write(path.with_suffix(".xml"), [f'<Session><Metatag Name="Gender" Value="F"/>{tag}</Session>'])
    if view:
        write(path.with_name("session.xml"), [f'<session><track view="{view}"/></session>'])


def mmi(folder: Path) -> Built:
    own = folder / "mmi"
    mmi_session(own, 1, "S001-001", "1", view="0")
    mmi_session(own, 10, "S002-010", "6")
    mmi_session(own, 2, "S001-002", "8")  # another display
    mmi_session(own, 3, "S003-003", "")  # action units alone
    return Built(own, {"all": 8}, {"detector": ""})


def rafdb(folder: Path, own: str = "rafdb/basic", codes: int = 7) -> Built:
    root = folder / own
    lines = []
    for part, count in (("train", codes), ("test", 3)):
        for number in range(1, count + 1):
            name = f"{part}_{number:05}" if part == "train" else f"{part}_{number:04}"
            lines.append(f"{name}.jpg {number}")
            put(root / "Image" / "aligned" / f"{name}_aligned.jpg", 100, 100)
            points = [f"{10 * place}.5\t{7 * place}.25" for place in range(5)]
            attributes = [str(number % 3), str((number + 1) % 3), str(number % 5)]
            write(root / "Annotation" / "manual" / f"{name}_manu_attri.txt", [*points, *attributes])
    write(root / "EmoLabel" / "list_patition_label.txt", lines)
    return Built(root, {"train": codes, "test": 3})


def rafdb_compound(folder: Path) -> Built:
    return rafdb(folder, "rafdb/compound", 11)


def expw(folder: Path) -> Built:
    own = folder / "expw"
    lines = []
    for place, label in enumerate((0, 3, 3, 6)):
        name = f"a face {place // 2}.jpg"  # two faces in each picture, and blanks in the name
        put(own / "image" / "origin" / name, 90, 80)
        lines.append(
            f"{name} {place % 2} 10 {5 + 40 * (place % 2)} {35 + 40 * (place % 2)} 45 {20.5 * place} {label}"
        )
    write(own / "label.lst", lines)
    return Built(own, {"all": 4})


def expw_relabelled(folder: Path) -> Built:
    own = folder / "expw_relabelled"
    votes = ["8,1,0,1,0,0,0,0,0,0", "0,10,0,0,0,0,0,0,0,0", "0,4,4,2,0,0,0,0,0,0", "0,0,0,0,0,0,0,9,1,0"]
    lines = [f'"angry_{row}.png","(0, 0, 112, 112)",{given}' for row, given in enumerate(votes)]
    write(own / "label_expw.csv", [f"Image name,size,{FER_COLUMNS}", *lines])
    for row in range(len(votes)):
        put(own / "ExpwCleaned" / f"angry_{row}.jpg", 112, 112)  # listed as .png
    return Built(own, {"all": 2})


def affectnet(folder: Path) -> Built:
    own = folder / "affectnet"
    header = ",".join(COLUMNS)
    points = ";".join(["1.5"] * 136)
    codes = {"training": (0, 1, 7, 8, 10, 6), "validation": (2, 3)}
    for part, used in codes.items():
        lines = [header] if part == "training" else []
        for row, code in enumerate(used):
            box = "NULL,NULL,NULL,NULL" if code == 10 else "8,10,40,44"
            lines.append(f"{row}/{part}.jpg,{box},{points},{code},0.1,-2")
            put(own / "Manually_Annotated_Images" / str(row) / f"{part}.jpg", 70, 80)
        write(own / "Manually_Annotated_file_lists" / f"{part}.csv", lines)
    return Built(own, {"training": 4, "validation": 2})


def affectnet_folders(folder: Path) -> Built:
    own = folder / "affectnet"
    for part, codes in (("train_set", (0, 5, 7)), ("val_set", (4,))):
        (own / part / "annotations").mkdir(parents=True)
        for number, code in enumerate(codes):
            put(own / part / "images" / f"{number}.jpg", 70, 70)
            value = np.array(str(code)) if number else np.int64(code)
            np.save(own / part / "annotations" / f"{number}_exp.npy", value)
    return Built(own, {"training": 3, "validation": 1})


Builder = Callable[[Path], Built]
BUILDERS: dict[str, Builder] = {
    builder.__name__: builder
    for builder in (
        affectnet,
        akdef,
        ckplus,
        ckplus48,
        expw,
        expw_relabelled,
        fer2013,
        ferplus,
        folder,
        jaffe,
        kdef,
        mmi,
        rafd,
        rafdb,
        rafdb_compound,
    )
}


def damage(own: Path) -> Path:
    """Cut the first picture of a set in half."""
    suffixes = {".jpg", ".png", ".tiff"}
    path = min(path for path in own.rglob("*") if path.suffix.lower() in suffixes)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path
