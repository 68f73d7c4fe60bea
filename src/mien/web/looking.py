"""One live stream: a frame in, the header of its answer and the crop out. Runs in worker threads."""

import time
from dataclasses import dataclass, replace
from typing import Any

from mien.pipeline import Analyzer, Session
from mien.types import Face, Frame, FrameResult
from mien.web import crops
from mien.web.messages import described


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen in one frame. ``crop`` is a PNG, empty where there is no face."""

    frame: Frame
    result: FrameResult
    crop_of: int | None
    crop: bytes

    def header(self, **extra: Any) -> dict[str, Any]:
        """The header of a ``result`` message."""
        values = described(self.result)
        del values["source"]
        return {"type": "result", **values, "crop_of": self.crop_of, **extra}


class Look:
    """The tracks and smoothing of one visitor's stream over shared models; one thread at a time."""

    def __init__(self, analyzer: Analyzer, after: "Look | None" = None) -> None:
        """``after`` is what the stream was seen with before: the people keep their numbers."""
        self.detector, self.classifier = analyzer.options.detector, analyzer.options.classifier
        self.labels, self.columns = analyzer.labels, analyzer.table_columns
        self._analyzer = analyzer
        self._session: Session = analyzer.session(None if after is None else after._session)

    @property
    def chosen(self) -> dict[str, Any]:
        """What else was chosen, by name: "" is none."""
        options = self._analyzer.options
        names = {"landmarker": options.landmarker, "aligner": options.aligner}
        return {**names, "measures": list(options.measures)}

    def anew(self) -> "Look":
        """The same models for another stream."""
        return Look(self._analyzer)

    def at(self, frame: Frame, wanted: int | None, decode_ms: float) -> Answer:
        """Analyse the next frame; ``wanted`` is the track whose crop is asked for (None: the largest)."""
        result = self._session.process(frame)
        began = time.perf_counter()
        face = _chosen(result.faces, wanted)
        crop = crops.png(self._analyzer, frame.image, face) if face else b""
        crop_ms = (time.perf_counter() - began) * 1000
        result = replace(result, timings={"decode": decode_ms, **result.timings, "crop": crop_ms})
        return Answer(frame, result, face.track_id if face else None, crop)


def _chosen(faces: tuple[Face, ...], wanted: int | None) -> Face | None:
    """The wanted face where it is in the frame, else the largest."""
    named = next((face for face in faces if wanted is not None and face.track_id == wanted), None)
    return named or max(faces, key=lambda face: face.box.area, default=None)
