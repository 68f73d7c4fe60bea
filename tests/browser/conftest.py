"""A real server with models whose answers are known, and a real browser with a made camera."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from known_models import write_model, write_seer
from page_checks import word
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from mien import imageops
from mien.types import Image

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium on this machine."""
    found = [path for name in _CHROMIUM if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"no browser: none of {', '.join(_CHROMIUM)} is installed")
    return found[0]


@contextmanager
def _serve(*arguments: str, environment: dict[str, str]) -> Iterator[str]:
    command = [sys.executable, "-m", "mien", "serve", "--no-open", *arguments]
    process = subprocess.Popen(
        command, env=os.environ | environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            if "listens on " in line:
                break
        else:
            pytest.fail(f"mien serve did not start:\n{''.join(lines)}")
        drain = threading.Thread(target=process.stderr.read, daemon=True)  # or a full pipe would stop it
        drain.start()
        yield lines[-1].split("listens on ")[1].strip()
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with Haar and the models `bright` (happy), `dark` (sad) and `torn` (unsure).

    `seer` finds one face in every picture, the whole of it, and reads it itself (surprise).
    """
    folder = tmp_path_factory.mktemp("models")
    write_model(folder, "bright", happy=0.84)
    write_model(folder, "dark", sad=0.79)
    write_model(folder, "torn", fear=0.30)
    write_seer(folder, "seer", surprise=0.90)
    environment = {"MIEN_MODELS": str(folder), "MIEN_CACHE": str(tmp_path_factory.mktemp("cache"))}
    with _serve(
        "--port", "0", "--detector", "haar", "--classifier", "bright", environment=environment
    ) as url:
        yield url


@pytest.fixture(scope="session")
def camera_file(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    """The portrait as a film of Motion JPEG, which Chromium plays as its camera."""
    path = tmp_path_factory.mktemp("camera") / "portrait.mjpeg"
    canvas = np.full((480, 640, 3), 96, np.uint8)
    canvas[:, 80:560] = cv2.resize(portrait, (480, 480), interpolation=cv2.INTER_AREA)
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=20)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        stream.time_base = Fraction(1, 20)
        for index in range(20):
            frame = av.VideoFrame.from_ndarray(canvas, "bgr24").reformat(format="yuvj420p")
            frame.pts, frame.time_base = index, Fraction(1, 20)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Per module: while it lives, it holds an event loop in this thread, which other tests may need."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str, camera_file: Path) -> Iterator[Browser]:
    arguments = [*_ARGUMENTS, f"--use-file-for-fake-video-capture={camera_file}"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    yield browser
    browser.close()


class Visitor:
    """One visitor: opens pages, and remembers what the browser complained of and asked elsewhere for."""

    def __init__(self, context: BrowserContext, server: str) -> None:
        self.context, self.server = context, server
        self.complaints: list[str] = []
        self.strangers: list[str] = []

    def open(self, state: str = "") -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(self.server + state)
        expect(page.locator("#version")).not_to_be_empty()
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.server, "data:", "blob:")):
            self.strangers.append(url)


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Any]:
    """Make visitors: ``visit()``, or with options of a browser context (``color_scheme="dark"``)."""
    contexts = []

    def make(**options: Any) -> Visitor:
        chosen = {"viewport": {"width": 1280, "height": 860}} | options
        contexts.append(browser.new_context(**chosen))
        return Visitor(contexts[-1], server)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def faceless_file(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    path.write_bytes(imageops.encode(np.full((240, 320, 3), 128, np.uint8), ".png"))
    return path


@pytest.fixture
def live(visit: Any) -> Page:
    """The page with its camera open and a face read."""
    page: Page = visit().open()
    page.get_by_role("button", name="Open camera").click()
    expect(word(page)).to_have_text("happy")
    return page
