"""What all tests share. Data tests skip, with the reason, where the data folder is absent."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import settings

from mien import imageops
from mien.types import Image

ROOT = Path(__file__).parent.parent
ASSETS = Path(__file__).parent / "assets"
settings.register_profile("patient", deadline=None)  # a shared machine stalls now and then
settings.load_profile("patient")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The data folder: ``MIEN_DATA``, else one beside or inside the checkout."""
    candidates = (os.environ.get("MIEN_DATA"), ROOT.parent / "shared" / "data", ROOT / "data")
    for candidate in candidates:
        if candidate and Path(candidate).is_dir():
            return Path(candidate)
    pytest.skip("no data folder: set MIEN_DATA")


@pytest.fixture(scope="session")
def portrait_file() -> Path:
    """A JPEG of one face, 512 x 512: the public-domain NASA portrait, its face near (175, 60, 285, 205)."""
    return ASSETS / "portrait.jpg"


@pytest.fixture(scope="session")
def portrait(portrait_file: Path) -> Image:
    """The portrait as (512, 512, 3) BGR."""
    return imageops.read(portrait_file)


@pytest.fixture(autouse=True)
def _own_folders(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No test sees or touches the user's own models and cache.

    Tests with real data share a cache: unpacking FER2013 takes half a minute.
    """
    shared = request.node.get_closest_marker("data") is not None
    cache = tmp_path_factory.getbasetemp() if shared else tmp_path
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("MIEN_CACHE", str(cache / "cache"))


@pytest.fixture(scope="session")
def yunet_file(data_folder: Path) -> Path:
    """YuNet's dynamic-size ONNX file (needs the data folder)."""
    return data_folder / "weights" / "yunet_n_dynamic.onnx"


MakeVideo = Callable[..., Path]


@pytest.fixture
def make_video(tmp_path: Path, portrait: Image) -> MakeVideo:
    """Write an H.264 .mp4 of the portrait drifting to the right; with ``sound``, a tone beside it."""

    def make(
        name: str = "drift.mp4",
        frames: int = 20,
        width: int = 320,
        height: int = 240,
        rate: int = 10,
        sound: bool = False,
    ) -> Path:
        path = tmp_path / name
        face = cv2.resize(portrait, (height, height), interpolation=cv2.INTER_AREA)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            tone = container.add_stream("aac", rate=16000, layout="mono") if sound else None
            for index in range(frames):
                canvas = np.full((height, width, 3), 90, np.uint8)
                left = (width - height) * index // max(frames - 1, 1)
                canvas[:, left : left + height] = face
                container.mux(stream.encode(av.VideoFrame.from_ndarray(canvas, "bgr24")))
            container.mux(stream.encode(None))
            if tone is not None:
                _add_tone(container, tone, frames / rate)
        return path

    return make


@pytest.fixture
def truncated_video(make_video: MakeVideo, tmp_path: Path) -> Path:
    """An .mp4 of 60 frames whose index stands at the start, cut off after about half of its bytes."""
    whole, path = make_video("whole.mp4", frames=60), tmp_path / "cut.mp4"
    with av.open(str(whole)) as source, av.open(str(path), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    whole.unlink()
    return path


def _add_tone(container: av.container.OutputContainer, tone: av.AudioStream, seconds: float) -> None:
    samples = np.sin(np.arange(int(16000 * seconds)) * 2 * np.pi * 440 / 16000) * 0.2
    for start in range(0, len(samples), 1024):
        chunk = samples[None, start : start + 1024].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(chunk, "fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
        container.mux(tone.encode(frame))
    container.mux(tone.encode(None))
