"""Live, with the portrait as the browser's camera."""

import csv
import re
from typing import Any

import cv2
import pytest
from page_checks import word
from playwright.sync_api import Page, WebSocket, expect

from mien.types import Image
from mien.web.messages import unpack

pytestmark = pytest.mark.browser
FACE = (243, 56, 347, 192)  # of the portrait within the camera's 640 x 480
NUMBER = re.compile(r"^\d+(\.\d)?$")
DRAWN_FROM = """() => {
  // The extent of what the overlay shows, in pixels of the 640 x 480 picture.
  const canvas = document.querySelector("#live-overlay");
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const scale = Math.min(width / 640, height / 480);
  const spots = [];
  for (let at = 3; at < data.length; at += 4) if (data[at] > 128) spots.push((at - 3) / 4);
  const xs = spots.map((spot) => ((spot % width) - (width - 640 * scale) / 2) / scale);
  const ys = spots.map((spot) => (Math.floor(spot / width) - (height - 480 * scale) / 2) / scale);
  const edge = (values, pick) => values.reduce((a, b) => pick(a, b));
  return [edge(xs, Math.min), edge(ys, Math.min), edge(xs, Math.max), edge(ys, Math.max)];
}"""
PAINTED = """(selector) => {
  // The share of a canvas that is covered.
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 3 && value > 0).length / (data.length / 4);
}"""


def test_camera_shows_a_face_its_bars_and_the_figures(live: Page) -> None:
    bars = live.locator("#live-face .bars li")
    expect(bars).to_have_count(7)
    assert bars.locator(".word").all_inner_texts() == [
        "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral",
    ]  # fmt: skip
    expect(bars.nth(3).locator(".value")).to_have_text("84 %")
    expect(live.locator("#live-face .detail")).to_have_text("Person 1: probability 84 %")
    expect(live.locator("#stat-rate")).to_have_text(NUMBER)
    expect(live.locator("#stat-latency")).to_have_text(NUMBER)
    expect(live.locator("#stat-dropped")).to_have_text(NUMBER)
    expect(live.locator("#stat-stages")).to_contain_text("detect")


def test_box_is_drawn_round_the_face(live: Page) -> None:
    expect(live.locator("#live-waiting")).to_be_hidden()
    left, top, right, bottom = live.evaluate(DRAWN_FROM)
    width, height = right - left, bottom - top
    assert 60 < width < 240
    assert 60 < height < 280
    middle = 640 - (FACE[0] + FACE[2]) / 2  # the visitor sees a mirror
    assert abs((left + right) / 2 - middle) < 60


def test_crop_that_the_model_saw_is_painted(live: Page) -> None:
    expect(live.get_by_role("img", name="The crop that the model saw")).to_be_visible()
    expect(live.locator("#live-waiting")).to_be_hidden()
    assert live.evaluate(PAINTED, "#live-face .crop") > 0.9


def test_crop_that_comes_late_is_not_painted_after_the_end(visit: Any) -> None:
    page = visit().open("#live")
    page.evaluate(
        """() => {
          const decode = window.createImageBitmap;
          window.createImageBitmap = async (bytes) => {
            await new Promise((go) => (window.paintNow = go));
            return decode(bytes);
          };
        }"""
    )
    page.get_by_role("button", name="Open camera").click()
    expect(word(page)).to_have_text("happy")
    page.locator("#live-stop").click()
    page.evaluate("async () => { window.paintNow(); await new Promise((go) => setTimeout(go, 300)); }")
    assert page.evaluate(PAINTED, "#live-face .crop") == 0


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)])
def test_timeline_stays_in_sight_and_in_place_when_figures_come(visit: Any, size: tuple[int, int]) -> None:
    page = visit(viewport={"width": size[0], "height": size[1]}).open("#live?show=points&show=measures")
    before = page.locator(".line").first.bounding_box()
    page.get_by_role("button", name="Open camera").click()
    expect(page.locator("#stat-stages")).to_contain_text("crop")
    assert page.locator(".line").first.bounding_box() == before
    assert before["y"] + before["height"] <= size[1]


def test_expression_is_said_in_a_polite_live_region(live: Page) -> None:
    region = live.locator("[aria-live=polite]")
    expect(region).to_have_text("Person 1: happy")
    live.locator("#live-classifier").select_option("dark")
    expect(region).to_have_text("Person 1: sad")


def test_classifier_and_detector_switch_without_a_restart(live: Page) -> None:
    live.locator("#live-classifier").select_option("dark")
    expect(word(live)).to_have_text("sad")
    assert "classifier=dark" in live.url
    live.locator("#live-about").get_by_text("Detector options").click()
    option = live.locator("#live-about [name=long_side]")
    option.fill("480")
    option.press("Tab")
    expect(live.locator("#live-trouble")).to_be_hidden()
    assert "detector=haar%3Along_side%3D480" in live.url
    live.locator("#live-about [name=min_size]").fill("0.9")  # larger than the face
    live.locator("#live-about [name=min_size]").press("Tab")
    expect(word(live)).to_have_text("No face")


def test_wrong_option_is_said_and_taken_back(live: Page) -> None:
    live.locator("#live-about").get_by_text("Detector options").click()
    option = live.locator("#live-about [name=long_side]")
    option.fill("plenty")
    option.press("Tab")
    expect(live.locator("#live-trouble")).to_contain_text("plenty")
    expect(option).to_have_value("")
    expect(word(live)).to_have_text("happy")


def test_unsure_face_is_called_unsure(live: Page) -> None:
    live.locator("#live-classifier").select_option("torn")
    expect(word(live)).to_have_text("unsure")
    expect(live.locator("#live-face .detail")).to_have_text("Person 1: most like fear 30 %")
    expect(live.locator("#live-face .bars")).to_have_class("bars unsure")


def test_recording_gives_a_table_and_a_video(live: Page) -> None:
    live.get_by_label("and video").check()
    live.get_by_role("button", name="Record").click()
    expect(live.locator("#live-record")).to_have_attribute("aria-pressed", "true")
    expect(live.locator("#live-record")).to_contain_text("0:01")
    live.locator("#live-record").click()
    links = live.locator("#live-downloads a")
    expect(links).to_have_count(2)
    with live.expect_download() as download:
        links.first.click()
    with download.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:11] == [
        "source", "frame", "time", "track_id", "x1", "y1", "x2", "y2", "score", "label", "confidence",
    ]  # fmt: skip
    assert {row["label"] for row in rows} == {"happy"}
    with live.expect_download() as download:
        links.last.click()
    assert download.value.path().stat().st_size > 1000


def test_stopping_keeps_the_recording(live: Page) -> None:
    live.get_by_role("button", name="Record").click()
    expect(live.locator("#live-record")).to_contain_text("0:00")
    live.get_by_role("button", name="Stop", exact=True).click()
    expect(live.locator("#live-downloads a")).to_have_count(1)
    expect(live.get_by_role("button", name="Open camera")).to_be_visible()


def test_timeline_runs_pauses_and_is_read_by_keyboard(live: Page) -> None:
    timeline = live.get_by_role("slider", name="Timeline of the last minute")
    timeline.focus()
    expect(timeline).to_have_attribute("aria-valuetext", "0.0 s ago: Person 1 happy 84\u00a0%")
    live.keyboard.press("ArrowLeft")
    expect(timeline).not_to_have_attribute("aria-valuenow", "0.0")
    pause = live.get_by_role("button", name="Pause")
    pause.click()
    expect(live.get_by_role("button", name="Go on")).to_have_attribute("aria-pressed", "true")


def test_focus_follows_the_buttons_that_start_and_stop(visit: Any) -> None:
    page = visit().open()
    page.locator("#live-start").press("Enter")
    expect(page.locator("#live-stop")).to_be_focused()
    expect(word(page)).to_have_text("happy")
    page.keyboard.press("Enter")
    expect(page.locator("#live-start")).to_be_focused()
    page.reload()
    expect(page.locator("#version")).not_to_be_empty()
    expect(page.locator("body")).to_be_focused()


def test_size_and_mirror_are_kept_in_the_address(live: Page) -> None:
    live.locator("#live-size").select_option("320x240")
    expect(word(live)).to_have_text("happy")
    live.get_by_label("Mirror").uncheck()
    assert "size=320x240" in live.url
    assert "mirror=0" in live.url


def test_source_in_the_address_starts_at_once(visit: Any, make_video: Any) -> None:
    film = make_video(frames=60, rate=20)
    page = visit().open(f"#live?source={film}")
    expect(word(page)).to_have_text("happy")
    expect(page.locator("#live-picture")).to_be_visible()
    assert page.evaluate(PAINTED, "#live-picture") > 0.9
    expect(page.locator("#live-wrong")).to_contain_text("end")
    expect(page.get_by_role("button", name="Open source again")).to_be_visible()


def test_missing_source_is_said_in_words(visit: Any) -> None:
    page = visit().open("#live?source=nowhere.mp4")
    expect(page.locator("#live-wrong")).to_contain_text("nowhere.mp4")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "may not use the camera"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "in use by another program"),
    ],
)
def test_refused_camera_is_explained(visit: Any, error: str, words: str) -> None:
    visitor = visit()
    visitor.context.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }}"
    )
    page = visitor.open()
    page.get_by_role("button", name="Open camera").click()
    expect(page.locator("#live-wrong")).to_contain_text(words)
    expect(page.get_by_role("button", name="Open camera again")).to_be_visible()


def test_insecure_page_says_how_to_get_the_camera(visit: Any) -> None:
    visitor = visit()
    visitor.context.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    page = visitor.open()
    page.get_by_role("button", name="Open camera").click()
    expect(page.locator("#live-wrong")).to_contain_text("mien serve --tls")


KEPT = """() => {
  // Every socket to the live stream, in order.
  window.lines = [];
  const plain = window.WebSocket;
  window.WebSocket = class extends plain {
    constructor(address) {
      super(address);
      if (String(address).includes("api/live")) window.lines.push(this);
    }
  };
}"""


def test_run_goes_on_after_the_connection_broke(visit: Any) -> None:
    page = visit().open()
    page.evaluate(KEPT)
    page.get_by_role("button", name="Open camera").click()
    expect(word(page)).to_have_text("happy")
    page.evaluate("() => window.lines[0].close()")  # to the page, a line that breaks
    expect(page.locator("#live-waiting-text")).to_contain_text("connection is lost")
    expect(page.locator("#live-waiting")).to_be_hidden()
    page.locator("#live-classifier").select_option("dark")
    expect(word(page)).to_have_text("sad")
    assert page.evaluate("() => window.lines.length") == 2


def test_camera_goes_on_while_a_path_is_thought_of(live: Page) -> None:
    live.evaluate(
        """() => {
          window.sent = 0;
          const { send } = WebSocket.prototype;
          WebSocket.prototype.send = function (message) {
            window.sent++;
            return send.call(this, message);
          };
        }"""
    )
    live.locator("#live-source").select_option(":typed")
    live.wait_for_function("() => window.sent > 8")
    expect(word(live)).to_have_text("happy")


def test_named_sources_may_have_any_name(visit: Any) -> None:
    visitor = visit()
    found = {
        "named": [{"name": "camera"}, {"name": "typed"}, {"name": "1"}],
        "cameras": [{"index": 1, "name": "Desk Cam"}],
        "any": True,
    }
    visitor.context.route("**/api/sources", lambda route: route.fulfill(json=found))
    page = visitor.open()
    sent: list[dict[str, Any]] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda message: sent.append(unpack(message)[0]))

    page.on("websocket", listen)
    for label, target in (("camera", "camera"), ("typed", "typed"), ("1", "1"), ("Desk Cam", 1)):
        sent.clear()
        page.locator("#live-source").select_option(label=label)
        expect(page.locator("#live-camera-row")).to_be_hidden()
        expect(page.locator("#live-target-row")).to_be_hidden()
        page.locator("#live-start").click()
        expect(page.locator("#live-wrong")).to_be_visible()
        assert sent == [{"type": "source", "target": target}]
    expect(page).to_have_url(re.compile("source=camera%3A1"))
    page.reload()
    expect(page.locator("#live-source option:checked")).to_have_text("Desk Cam")


def test_two_visitors_do_not_disturb_each_other(visit: Any) -> None:
    first, second = visit().open(), visit().open("#live?classifier=dark")
    for page in (first, second):
        page.get_by_role("button", name="Open camera").click()
    expect(word(first)).to_have_text("happy")
    expect(word(second)).to_have_text("sad")


def test_portrait_stands_where_this_module_says(portrait: Image) -> None:
    small = cv2.resize(portrait, (480, 480))
    face = small[FACE[1] : FACE[3], FACE[0] - 80 : FACE[2] - 80]
    blue, _green, red = face.reshape(-1, 3).mean(axis=0)
    assert red > blue + 30  # skin


def test_a_recording_without_a_frame_is_said_and_can_be_tried_again(live: Page) -> None:
    record = live.locator("#live-record")
    live.evaluate("() => document.querySelector('#live-video').pause()")  # no frame comes any more
    expect(live.locator("#live-waiting-text")).to_contain_text("Waiting for the server")
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    record.click()
    expect(live.locator("#live-trouble")).to_contain_text("Nothing was recorded")
    expect(record).to_be_enabled()
    expect(record).to_have_attribute("aria-pressed", "false")
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    live.get_by_role("button", name="Stop", exact=True).click()
    expect(live.locator("#live-downloads")).to_contain_text("Nothing was recorded")
    expect(record).to_have_text("Record")


def test_the_tab_in_sight_keeps_what_runs_there(live: Page) -> None:
    live.locator("#live-size").select_option("320x240")
    expect(live.locator("#stat-stages")).to_contain_text("crop")
    steps = live.evaluate("() => history.length")
    live.click("#tab-live")
    assert live.url.endswith("#live?size=320x240")
    assert live.evaluate("() => history.length") == steps
    expect(live.locator("#live-stop")).to_be_enabled()


def test_a_path_has_to_be_typed_before_it_is_opened(visit: Any) -> None:
    page = visit().open()
    page.locator("#live-source").select_option(":typed")
    page.get_by_role("button", name="Open source").click()
    expect(page.locator("#live-target")).to_be_focused()
    expect(page.locator("#live-note")).to_be_visible()
    expect(page.locator("#live-stop")).to_be_disabled()
