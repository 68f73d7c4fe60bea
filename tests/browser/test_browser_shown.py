"""What is shown of a face beside box and bars: points, regions, head pose, measures, each switchable."""

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from page_checks import overflow, weak_texts
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser
INSIDE = (268, 80, 318, 145)  # of the face within the camera's 640 x 480, away from its box
COVERED = """([x1, y1, x2, y2]) => {
  // The share of a part of the 640 x 480 picture that the overlay covers.
  const canvas = document.querySelector("#live-overlay");
  const scale = Math.min(canvas.width / 640, canvas.height / 480);
  const [left, top] = [(canvas.width - 640 * scale) / 2, (canvas.height - 480 * scale) / 2];
  const part = [left + x1 * scale, top + y1 * scale, (x2 - x1) * scale, (y2 - y1) * scale].map(Math.round);
  const { data } = canvas.getContext("2d").getImageData(...part);
  return data.filter((value, index) => index % 4 === 3 && value > 60).length / (data.length / 4);
}"""
UNREAD = {
    "id": "1", "name": "blurred.png", "width": 320, "height": 240, "detector": "any", "timings": {},
    "faces": [
        {
            "box": [100, 60, 220, 200], "score": 0.8, "points": None, "landmarks": None, "pose": None,
            "quality": 0.21, "measures": {"yaw": -12.4, "mouth_width": None, "quality": 0.21},
            "crop": "", "expressions": {},
        }
    ],
}  # fmt: skip


def switch(page: Page, name: str) -> Any:
    return page.get_by_role("group", name="Show").get_by_role("checkbox", name=name)


def state(page: Page) -> dict[str, list[str]]:
    """What the address holds, whatever the order."""
    return parse_qs(page.url.partition("?")[2])


def wait_until_covered(page: Page, covered: bool) -> None:
    sign = "> 0.01" if covered else "=== 0"
    page.wait_for_function(f"(part) => ({COVERED})(part) {sign}", arg=list(INSIDE))


@pytest.fixture
def live(visit: Any) -> Page:
    page: Page = visit().open("#live?mirror=0")
    page.get_by_role("button", name="Open camera").click()
    expect(page.locator("#live-face .verdict .word")).to_have_text("happy")
    return page


def test_points_bring_their_finder_along_and_take_it_away(live: Page) -> None:
    finder = live.get_by_label("Facial points by").locator("visible=true")
    expect(finder).to_have_value("")
    wait_until_covered(live, False)
    switch(live, "Points").check()
    expect(finder).to_have_value("mien_68")
    wait_until_covered(live, True)
    expect(live.locator("#stat-stages")).to_contain_text("landmarks")
    assert state(live) == {"mirror": ["0"], "show": ["points"]}
    finder.select_option("off")
    assert state(live)["landmarker"] == ["off"]
    switch(live, "Regions").check()
    expect(finder).to_have_value("mien_68")
    switch(live, "Regions").uncheck()
    switch(live, "Points").uncheck()
    expect(finder).to_have_value("")
    assert state(live) == {"mirror": ["0"]}
    wait_until_covered(live, False)


@pytest.mark.parametrize("name", ["Regions", "Head pose"])
def test_regions_and_head_pose_are_drawn(live: Page, name: str) -> None:
    wait_until_covered(live, False)
    switch(live, name).check()
    wait_until_covered(live, True)
    expect(live.locator("#live-trouble")).to_be_hidden()


def test_measures_stand_in_a_table_and_in_the_recording(live: Page) -> None:
    table = live.locator("#live-face .numbers")
    expect(table).to_be_hidden()
    switch(live, "Measures").check()
    expect(table.locator("dt").first).to_have_text("roll")
    expect(table.locator("dd").first).to_contain_text("°")
    expect(table).to_contain_text("mouth width")
    live.get_by_role("button", name="Record").click()
    expect(live.locator("#live-record")).to_contain_text("0:01")
    live.locator("#live-record").click()
    with live.expect_download() as download:
        live.locator("#live-downloads a").first.click()
    with download.value.path().open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert float(row["mouth_width"]) > 0
    switch(live, "Measures").uncheck()
    expect(table).to_be_hidden()


def test_measures_keep_their_place_while_there_is_no_face(live: Page) -> None:
    table = live.locator("#live-face .numbers")
    switch(live, "Measures").check()
    expect(table).to_contain_text("mouth width")
    place = table.bounding_box()
    live.locator("#live-about").get_by_text("Detector options").click()
    live.locator("#live-about [name=min_size]").fill("0.9")  # larger than the face
    live.locator("#live-about [name=min_size]").press("Tab")
    expect(live.locator("#live-face .verdict .word")).to_have_text("No face")
    assert set(table.locator("dd").all_inner_texts()) == {"–"}
    now = table.bounding_box()
    assert place is not None
    assert now is not None
    assert now["height"] == place["height"]


@pytest.mark.parametrize("width", [320, 1024, 1280, 1920])
def test_no_number_breaks_off_from_its_name_or_its_unit(visit: Any, portrait_file: Path, width: int) -> None:
    page: Page = visit(viewport={"width": width, "height": 900}).open("#picture?show=measures")
    page.set_input_files("#picture-file", str(portrait_file))
    detail = page.locator("#picture-face .detail")
    expect(detail).to_have_text("Probability 84 %")
    assert detail.inner_text() == "Probability\u00a084\u00a0%"
    names = page.locator("#picture-face .numbers dt")
    heights = names.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
    assert len(heights) > 20
    assert len(set(heights)) == 1, "a name takes two lines"


@pytest.mark.parametrize("width", [1121, 1280, 1920])
def test_the_pause_stands_beside_its_heading(visit: Any, width: int) -> None:
    page: Page = visit(viewport={"width": width, "height": 900}).open()
    heading, pause = (
        page.locator(one).bounding_box() for one in ("#live-panel .card-head h2", "#live-pause")
    )
    assert heading is not None
    assert pause is not None
    assert abs(heading["y"] + heading["height"] / 2 - pause["y"] - pause["height"] / 2) < 4


def test_the_address_switches_on_what_it_names(visit: Any, portrait_file: Path) -> None:
    phone = visit(viewport={"width": 320, "height": 640}, color_scheme="dark")
    page = phone.open("#picture?show=points&show=measures&aligner=none")
    page.set_input_files("#picture-file", str(portrait_file))
    expect(page.locator("#picture-face .numbers dt").first).to_be_visible()
    for name, wanted in (("Points", True), ("Regions", False), ("Measures", True)):
        expect(switch(page, name)).to_be_checked(checked=wanted)
    expect(page.get_by_label("Turned upright by").locator("visible=true")).to_have_value("none")
    link = page.locator("#picture-downloads a").first
    assert (link.get_attribute("href") or "").endswith("annotated.jpg?draw=points&draw=measures")
    assert weak_texts(page) == []
    assert overflow(page) <= 0
    assert phone.complaints == []
    page.click("#tab-video")
    expect(switch(page, "Points")).to_be_checked()


def test_a_face_too_poor_to_be_read_says_so(visit: Any, faceless_file: Path) -> None:
    page: Page = visit().open("#picture?show=measures")

    def answer(route: Route) -> None:
        route.fulfill(content_type="application/json", body=json.dumps(UNREAD))

    page.route("**/api/pictures?*", answer)
    page.set_input_files("#picture-file", str(faceless_file))
    expect(page.locator("#picture-face .verdict .word")).to_have_text("Not read")
    expect(page.locator("#picture-face .detail")).to_have_text("Quality 0.21")
    expect(page.locator("#picture-face .bars")).to_have_class("bars empty")
    assert page.locator("#picture-face .numbers dd").all_inner_texts() == ["−12°", "–", "0.21"]


def test_picture_and_timeline_are_in_sight_together_on_a_small_screen(visit: Any) -> None:
    page: Page = visit(viewport={"width": 1024, "height": 768}).open()
    page.get_by_role("button", name="Open camera").click()
    expect(page.locator("#live-face .verdict .word")).to_have_text("happy")
    stage, line = (page.locator(one).bounding_box() for one in ("#live-stage", "#live-timeline"))
    assert stage is not None
    assert line is not None
    assert stage["height"] >= 300
    assert line["y"] + line["height"] <= 768
