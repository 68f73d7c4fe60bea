"""Video: upload, progress, the result beside its timeline, downloads."""

import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from page_checks import overflow, weak_texts
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Any) -> Page:
    opened: Page = visit().open("#video")
    return opened


@pytest.fixture
def gray_video(tmp_path: Path) -> Path:
    path = tmp_path / "gray.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(10):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.full((120, 160, 3), 128, np.uint8), "bgr24"))
            )
        container.mux(stream.encode(None))
    return path


def read(page: Page, path: Path) -> None:
    page.set_input_files("#video-file", str(path))


def downloads(page: Page) -> Any:
    return page.locator("#video-downloads a")


def test_video_is_read_played_and_sought_by_its_timeline(page: Page, make_video: Any) -> None:
    read(page, make_video(frames=40, rate=10))
    expect(downloads(page)).to_have_text(["Video", "CSV", "Report"])
    player = page.locator("#video-player")
    expect(player).to_be_visible()
    expect(player).to_have_js_property("readyState", 4)
    timeline = page.get_by_role("slider", name="Timeline: moves the video")
    box = timeline.bounding_box()
    assert box is not None
    timeline.click(position={"x": box["width"] * 0.5, "y": 80})
    assert page.evaluate("() => document.querySelector('#video-player').currentTime") == pytest.approx(
        1.9, abs=0.3
    )
    expect(page.locator("#video-face .verdict .word")).to_have_text("happy")
    page.keyboard.press("Home")
    expect(player).to_have_js_property("currentTime", 0)
    page.keyboard.press("PageUp")
    expect(timeline).to_have_attribute("aria-valuenow", "4.0")


def test_shares_of_time_and_hover_values_are_shown(page: Page, make_video: Any) -> None:
    read(page, make_video(frames=20))
    expect(downloads(page).first).to_be_visible()
    expect(page.locator("#video-shares li", has_text="happy").locator(".value")).to_have_text("100 %")
    timeline = page.get_by_role("slider", name="Timeline: moves the video")
    timeline.hover(position={"x": 300, "y": 80})
    expect(page.locator("#video-timeline .readout")).to_contain_text("happy")
    expect(page.locator("#video-timeline-summary")).to_contain_text("Person 1")


def test_progress_is_shown_and_the_result_survives_a_reload(page: Page, make_video: Any) -> None:
    read(page, make_video(frames=30))
    expect(page.locator("#video-progress")).to_be_visible()
    expect(downloads(page).first).to_be_visible()
    assert "id=" in page.url
    page.reload()
    expect(downloads(page).first).to_be_visible()
    expect(page.locator("#video-shown")).to_contain_text("drift.mp4")


def test_table_and_report_are_downloaded(page: Page, make_video: Any) -> None:
    read(page, make_video(frames=20))
    with page.expect_download() as download:
        downloads(page).nth(1).click()
    assert download.value.path().read_text("utf-8").count("happy") >= 15
    with page.expect_download() as download:
        downloads(page).nth(2).click()
    assert "<html" in download.value.path().read_text("utf-8")


def test_result_fits_a_phone_in_the_dark(visit: Any, make_video: Any) -> None:
    page = visit(viewport={"width": 390, "height": 844}, color_scheme="dark").open("#video")
    read(page, make_video(frames=20))
    expect(downloads(page).first).to_be_visible()
    assert weak_texts(page) == []
    assert overflow(page) <= 0


def test_video_and_timeline_are_in_sight_together(visit: Any, make_video: Any) -> None:
    page = visit(viewport={"width": 1440, "height": 900}).open("#video")
    read(page, make_video(frames=20))
    expect(downloads(page).first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollHeight") <= 900


def test_what_went_wrong_hides_no_button_on_a_phone(visit: Any, make_video: Any) -> None:
    page = visit(viewport={"width": 390, "height": 844}).open("#video")
    path: Path = make_video("bad.mp4")
    path.write_bytes(path.read_bytes()[:400])
    read(page, path)
    expect(page.locator("#video-wrong")).to_contain_text("'bad.mp4'")
    button, stage = (page.locator(one).bounding_box() for one in ("#video-note button", "#video-stage"))
    assert button is not None
    assert stage is not None
    assert button["y"] + button["height"] <= stage["y"] + stage["height"]


def test_cancel_stops_the_reading(page: Page, make_video: Any) -> None:
    read(page, make_video(frames=400, width=640, height=480))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Choose a video")).to_be_visible()
    assert "id=" not in page.url


def test_a_proxy_without_its_server_is_waited_for(page: Page, make_video: Any) -> None:
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        if len(asked) < 3:
            return route.fulfill(status=502, body="<h1>Bad Gateway</h1>")
        return route.continue_()

    page.route(re.compile(r"/api/videos/[^/?]+$"), answer)
    read(page, make_video(frames=10))
    expect(downloads(page).first).to_be_visible()
    assert "DELETE" not in asked


def test_a_file_that_cannot_be_taken_leaves_what_was_read(
    page: Page, make_video: Any, tmp_path: Path
) -> None:
    read(page, make_video(frames=10))
    expect(downloads(page).first).to_be_visible()
    nothing = tmp_path / "nothing.mp4"
    nothing.touch()
    read(page, nothing)
    expect(page.locator("#video-partial")).to_contain_text("'nothing.mp4' is empty")
    expect(page.locator("#video-player")).to_be_visible()
    expect(downloads(page)).to_have_count(3)


def test_a_file_that_cannot_be_taken_leaves_what_is_being_sent(
    page: Page, make_video: Any, tmp_path: Path
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/api/videos\?"), hold)
    read(page, make_video(frames=10))
    expect(page.locator("#video-waiting")).to_be_visible()
    nothing = tmp_path / "nothing.mp4"
    nothing.touch()
    read(page, nothing)
    expect(page.locator("#video-partial")).to_contain_text("'nothing.mp4' is empty")
    held[0].continue_()
    expect(downloads(page)).to_have_count(3)


def test_video_can_be_read_again_by_what_another_tab_chose(page: Page, make_video: Any) -> None:
    read(page, make_video(frames=10))
    expect(downloads(page).first).to_be_visible()
    again = page.get_by_role("button", name="Read it again with these")
    expect(again).to_be_hidden()
    page.click("#tab-live")
    page.locator("#live-classifier").select_option("dark")
    page.click("#tab-video")
    again.click()
    expect(page.locator("#video-shares li", has_text="sad").locator(".value")).to_have_text("100 %")
    expect(again).to_be_hidden()


def test_cut_video_is_said_to_be_partial(page: Page, make_video: Any) -> None:
    path: Path = make_video("cut.mkv", frames=60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    read(page, path)
    expect(page.locator("#video-partial")).to_contain_text("Partial result")
    expect(page.locator("#video-player")).to_be_visible()


def test_file_without_a_video_is_said_in_words(page: Page, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no video")
    read(page, text)
    expect(page.locator("#video-wrong")).to_contain_text("notes.mp4")
    expect(page.get_by_role("button", name="Choose a video")).to_be_visible()


def test_video_without_faces_is_a_result(page: Page, gray_video: Path) -> None:
    read(page, gray_video)
    expect(page.locator("#video-timeline .timeline-note")).to_contain_text("Nobody was found")
    expect(downloads(page).first).to_be_visible()
