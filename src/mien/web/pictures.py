"""Pictures: one upload, read by one or several classifiers, and the files to download."""

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mien import imageops, registry, stages
from mien.classifiers.base import Classifier
from mien.drawing.overlay import draw
from mien.drawing.style import Style
from mien.pipeline import Analyzer
from mien.sinks.base import Sink
from mien.types import Expression, Face, Frame, FrameResult, Image, SourceInfo
from mien.web import crops
from mien.web.ids import new_id
from mien.web.messages import described

_SHOWN = ("box", "score", "points", "landmarks", "pose", "quality", "measures")
_TABLES = {"table.csv": "table_csv", "results.jsonl": "json_lines"}


@dataclass(frozen=True, slots=True)
class Picture:
    """An analysed picture: the first classifier's result, and for each face what every classifier says."""

    id: str
    name: str
    folder: Path
    file: Path
    detector: str
    result: FrameResult
    readings: tuple[Mapping[str, Expression], ...]
    crops: tuple[bytes, ...]
    columns: tuple[str, ...] = ()
    """What the table gets beside its standard columns."""

    def as_dict(self) -> dict[str, Any]:
        """As ``POST /api/pictures`` answers."""
        values = described(self.result)
        faces = [
            {
                **{key: face[key] for key in _SHOWN},
                "crop": "data:image/png;base64," + base64.b64encode(crop).decode("ascii"),
                "expressions": {name: _expression(found) for name, found in readings.items()},
            }
            for face, readings, crop in zip(values["faces"], self.readings, self.crops, strict=True)
        ]
        return {
            "id": self.id,
            "name": self.name,
            "width": self.result.width,
            "height": self.result.height,
            "detector": self.detector,
            "timings": values["timings"],
            "faces": faces,
        }

    def annotated(self, style: Style) -> bytes:
        """The picture with its boxes, labels and bars, as JPEG."""
        return imageops.encode(draw(imageops.read(self.file), self.result, style), ".jpg")

    def table(self, name: str) -> Path:
        """The file ``table.csv`` or ``results.jsonl``, written when first asked for."""
        path = self.folder / name
        if not path.is_file():
            image = imageops.read(self.file)
            options = {"columns": self.columns} if name == "table.csv" else {}
            sink: Sink = registry.load("sinks", _TABLES[name], path=path, **options)
            with sink:
                info = SourceInfo(self.name, "pictures", width=self.result.width, height=self.result.height)
                sink.begin(info)
                sink.write(Frame(image, source=self.name), self.result)
        return path


def analyse(
    file: Path,
    name: str,
    image: Image,
    decode_ms: float,
    analyzer: Analyzer,
    *,
    detector: str,
    others: Mapping[str, Classifier],
) -> Picture:
    """Find the faces of ``image`` and read them by ``analyzer``, then by each of the ``others``."""
    first = analyzer.options.classifier
    result = analyzer.analyze(image)
    began = time.perf_counter()
    readings: list[dict[str, Expression]] = [
        {} if face.expression is None else {first: face.expression} for face in result.faces
    ]
    read = [at for at, face in enumerate(result.faces) if face.expression is not None]
    for other, classifier in others.items():
        found = _read(analyzer, classifier, image, [result.faces[at] for at in read])
        for at, expression in zip(read, found, strict=True):
            readings[at][other] = expression
    more_ms = {"compare": (time.perf_counter() - began) * 1000} if others else {}
    result = replace(result, source=name, timings={"decode": decode_ms, **result.timings, **more_ms})
    shown = tuple(crops.png(analyzer, image, face) for face in result.faces)
    return Picture(
        new_id(), name, file.parent, file, detector, result, tuple(readings), shown, analyzer.table_columns
    )


def _read(
    analyzer: Analyzer, classifier: Classifier, image: Image, faces: Sequence[Face]
) -> list[Expression]:
    if not faces:
        return []
    rows = classifier.predict([stages.cut(analyzer.aligner, classifier, image, face) for face in faces])
    return [classifier.expression(row) for row in rows]


def _expression(found: Expression) -> dict[str, Any]:
    return {
        "label": found.label,
        "confidence": round(found.confidence, 4),
        "unsure": found.unsure,
        "probabilities": {label: round(value, 4) for label, value in found.as_dict().items()},
    }
