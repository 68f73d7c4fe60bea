"""The options that commands share, each with its help: the same word means the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from mien.cli._option import option
from mien.config import CLASSIFIER, AnalyzerOptions

_DEFAULTS = AnalyzerOptions()
ANALYSIS, FILES, PART, DRAWING = "How faces are read", "What comes out", "Which part", "What is drawn"


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Pictures, videos, folders, globs, cameras by number or name, rtsp:// or http:// URLs.",
    ),
]
Config = Annotated[
    Path | None,
    option("Settings in TOML: tables analyzer, run, capture, draw, sources.", metavar="FILE"),
]
AsJson = Annotated[bool, option("Print JSON on stdout.", flag="--json")]

Detector = Annotated[
    str | None,
    option(
        "Face detector: a name, as NAME:key=value, or an .onnx file.",
        ANALYSIS,
        "NAME",
        default=_DEFAULTS.detector,
    ),
]
Classifier = Annotated[
    str | None,
    option(
        "Expression model: a name, an .onnx file, or detector: its own.",
        ANALYSIS,
        "NAME",
        default=f"the detector's own, else {CLASSIFIER}",
    ),
]
Landmarker = Annotated[
    str | None,
    option(
        "Finder of the 68 facial points: a name, or an .onnx file.",
        ANALYSIS,
        "NAME",
        default="none, unless needed",
    ),
]
Aligner = Annotated[
    str | None,
    option("How faces are turned upright: none or eyes.", ANALYSIS, "NAME", default=_DEFAULTS.aligner),
]
Measures = Annotated[
    str | None,
    option(
        "Further columns: pose, quality, geometry, texture, texture_full, motion, points.", ANALYSIS, "LIST"
    ),
]
Steady = Annotated[bool | None, option("Keep a still face's points from trembling.", ANALYSIS, default="on")]
MinQuality = Annotated[
    float | None, option("Do not read faces of less quality than this, 0 to 1.", ANALYSIS, "Q")
]
Tracker = Annotated[
    str | None, option("Tracker, as NAME:key=value.", ANALYSIS, "NAME", default=_DEFAULTS.tracker)
]
Smoother = Annotated[
    str | None, option("Smoother, as NAME:key=value.", ANALYSIS, "NAME", default=_DEFAULTS.smoother)
]
MaxFaces = Annotated[
    int | None, option("Keep so many faces at most, the largest.", ANALYSIS, "N", default="all")
]
MinFace = Annotated[float | None, option("Leave out faces less high than this.", ANALYSIS, "PIXELS")]

Csv = Annotated[str | None, option("Table as CSV; - is stdout.", FILES, "FILE")]
Jsonl = Annotated[str | None, option("JSON lines; - is stdout.", FILES, "FILE")]
Parquet = Annotated[str | None, option("Table as Parquet.", FILES, "FILE")]
Video = Annotated[str | None, option("Annotated .mp4, with the source's sound.", FILES, "FILE")]
Picture = Annotated[str | None, option("Annotated picture, or a folder of them.", FILES, "PATH")]
Report = Annotated[str | None, option("HTML report with a timeline per person.", FILES, "FILE")]
Out = Annotated[Path | None, option("One file per source here, and a summary.", FILES, "FOLDER")]
Formats = Annotated[str | None, option("What --out gets, as csv,video,report.", FILES, "LIST", default="csv")]
Force = Annotated[bool, option("Redo what is done in --out already.", FILES, flag="--force")]
Show = Annotated[bool, option("Open the page on this source instead.", FILES, flag="--show")]

CameraSize = Annotated[str | None, option("Size that cameras are asked for.", PART, "WxH")]
Capture = Annotated[
    str | None, option("How sources are opened, as patience=30,transport=udp.", PART, "OPTIONS")
]
Every = Annotated[int | None, option("Analyse each N-th frame.", PART, "N", default="1")]
Start = Annotated[str | None, option("Begin here: 90.5 or 1:30.5.", PART, "TIME")]
End = Annotated[str | None, option("End before this.", PART, "TIME")]

Draw = Annotated[str | None, option("Show this too: points, regions, measures, pose.", DRAWING, "LIST")]
Boxes = Annotated[bool | None, option("Boxes around faces.", DRAWING, default="on")]
Ids = Annotated[bool | None, option("Who is who.", DRAWING, default="on")]
Labels = Annotated[bool | None, option("Expressions in words.", DRAWING, default="on")]
Bars = Annotated[bool | None, option("Probabilities as bars.", DRAWING, default="on")]
Points = Annotated[bool | None, option("Points of the face.", DRAWING, default="off")]
Colour = Annotated[
    str | None,
    option("Colour of boxes: expression, or #RRGGBB.", DRAWING, "COLOUR", default="expression"),
]
Scale = Annotated[
    float | None, option("Times the size of all that is drawn.", DRAWING, "FACTOR", default="1")
]
