"""Models that need no weights, pictures for them, and visitors.

Bright blobs are faces; red ones are happy, blue ones sad.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI

from mien import imageops
from mien.artifact import CropSpec
from mien.classifiers.base import Classifier
from mien.config import AnalyzerOptions
from mien.detectors.base import Detector
from mien.labels import FER7
from mien.types import Box, Detection, Floats, Image
from mien.web.app import create_app
from mien.web.models import ModelCache, Models
from mien.web.settings import ServerSettings, Settings

with warnings.catch_warnings():
    # Newer releases ask for httpx's successor, which older ones do not know.
    warnings.filterwarnings("ignore", message=".*httpx.*")
    from starlette.testclient import TestClient, WebSocketDenialResponse  # noqa: F401 - for the tests

LOCAL = ("127.0.0.1", 50000)
ORIGIN = "http://127.0.0.1:8000"
RED, BLUE = (40, 40, 255), (255, 40, 40)


class BlobDetector(Detector):
    def _find(self, image: Image) -> list[Detection]:
        bright = (image.max(axis=2) > 200).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        blobs = [row for row in stats[1:] if row[4] > 100]
        boxes = [Box(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, _ in blobs]
        return [Detection(box, 0.9) for box in boxes]


class ColourClassifier(Classifier):
    labels = FER7
    crop = CropSpec()
    unsure_below = 0.5

    def __init__(self, confidence: float = 0.88) -> None:
        self.confidence = confidence

    def predict(self, crops: Sequence[Image]) -> Floats:
        rows = np.full((len(crops), len(FER7)), (1 - self.confidence) / 6, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            blue, _, red = crop.reshape(-1, 3).mean(axis=0)
            row[FER7.index("happy" if red > blue else "sad")] = self.confidence
        return rows


class FakeCache(ModelCache):
    """Knows the two fakes above, and asks the registry for every other name."""

    def __init__(self) -> None:
        super().__init__()
        self.fakes: dict[str, Any] = {
            "blob": BlobDetector(),
            "colour": ColourClassifier(),
            "colour2": ColourClassifier(0.6),
        }

    def get(self, family: str, name: str) -> Any:
        return self.fakes.get(name) or super().get(family, name)


def picture(*faces: tuple[int, int, tuple[int, int, int]], width: int = 320, height: int = 240) -> Image:
    """A dark picture with a square blob, 60 pixels a side, at each (x, y, colour)."""
    image = np.full((height, width, 3), 30, np.uint8)
    for x, y, colour in faces:
        image[y : y + 60, x : x + 60] = colour
    return image


def jpeg(*faces: tuple[int, int, tuple[int, int, int]], **size: int) -> bytes:
    return imageops.encode(picture(*faces, **size), ".jpg", 95)


def settings(**server: Any) -> Settings:
    values = {"port": 0, "upload_mb": 1, **server}
    return Settings(ServerSettings(**values), AnalyzerOptions("blob", "colour"), sources={"door": "door.mp4"})


def app_for(chosen: Settings) -> FastAPI:
    app = create_app(chosen)
    app.state.service.models = Models(chosen.analyzer, FakeCache())
    return app


def visitor(app: FastAPI, *, remote: bool = False) -> TestClient:
    """A client at this machine, or (``remote``) on another one."""
    if remote:
        return TestClient(app, base_url="http://10.0.0.5:8000", client=("10.0.0.9", 50000))
    return TestClient(app, base_url=ORIGIN, client=LOCAL)
