"""Make docs/images/page.png: the page, live, before a made camera that moves over the public-domain portrait.

Needs the development environment and Chromium: .venv/bin/python scripts/page_picture.py
"""

import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from mien import imageops
from mien.types import Image

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "page.png"
SECONDS, RATE = 24, 15
WATCHED_MS = 56_000
WIDTH, HEIGHT = 1280, 900


def scene(portrait: Image, second: float) -> Image:
    """(480, 640, 3): the portrait, nearer and farther, slowly swaying and turning."""
    turn = 2 * math.pi * second / SECONDS
    scale = 1.9 + 0.25 * math.sin(turn)
    matrix = cv2.getRotationMatrix2D((224, 125), 9 * math.sin(2 * turn), scale)
    matrix[:, 2] += (320 - 224 + 40 * math.sin(turn + 1), 190 - 125 + 10 * math.sin(3 * turn))
    return np.asarray(
        cv2.warpAffine(portrait, matrix, (640, 480), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    )


def film(path: Path) -> None:
    """The scene as Motion JPEG, which Chromium plays as its camera."""
    portrait = imageops.read(ROOT / "tests" / "assets" / "portrait.jpg")
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=RATE, options={"qmin": "2", "qmax": "3"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        for index in range(SECONDS * RATE):
            frame = av.VideoFrame.from_ndarray(scene(portrait, index / RATE), "bgr24")
            container.mux(stream.encode(frame.reformat(format="yuvj420p")))
        container.mux(stream.encode(None))


@contextmanager
def server() -> Iterator[str]:
    """The address of a server of our own."""
    command = [sys.executable, "-m", "mien", "serve", "--no-open", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        yield next(line.split()[-1] for line in process.stderr if "listens on" in line)
    finally:
        process.terminate()
        process.wait(20)


def shoot(url: str, camera: Path) -> None:
    """Watch for a while, then take the picture."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is not installed"
    arguments = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream"]
    arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
        page.goto(f"{url}#live?mirror=0")
        page.get_by_role("button", name="Open camera").first.click()
        page.wait_for_timeout(WATCHED_MS)
        page.evaluate("() => { document.querySelector('#live-camera').selectedOptions[0].text = 'Camera' }")
        picture = page.screenshot()
        browser.close()
    pixels = imageops.decode(picture) | 1  # the lowest bit is noise to the eye, and a fifth of the file
    PICTURE.parent.mkdir(exist_ok=True)
    _, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    PICTURE.write_bytes(data.tobytes())
    print(f"{PICTURE}: {len(data) / 1000:.0f} kB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, server() as url:
        camera = Path(folder) / "camera.mjpeg"
        film(camera)
        shoot(url, camera)


if __name__ == "__main__":
    main()
