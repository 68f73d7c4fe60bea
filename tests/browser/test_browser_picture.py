"""Picture: upload, faces, comparison, downloads."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from page_checks import overflow, weak_texts, word
from playwright.sync_api import Page, expect

from mien import imageops
from mien.types import Image

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Any) -> Page:
    opened: Page = visit().open("#picture")
    return opened


@pytest.fixture
def couple_file(tmp_path: Path, portrait: Image) -> Path:
    path = tmp_path / "zwei Gesichter äöü.png"
    face = portrait[:300, 80:380]
    path.write_bytes(imageops.encode(np.hstack([face, cv2.flip(face, 1)]), ".png"))
    return path


def choose(page: Page, *files: Path) -> None:
    page.set_input_files("#picture-file", [str(path) for path in files])


def test_chosen_picture_is_read_and_its_results_downloaded(page: Page, portrait_file: Path) -> None:
    choose(page, portrait_file)
    expect(word(page, "picture")).to_have_text("happy")
    expect(page.get_by_role("img", name="portrait.jpg: 1 face")).to_be_visible()
    links = page.locator("#picture-downloads a")
    expect(links).to_have_text(["Picture", "CSV", "JSON lines"])
    with page.expect_download() as download:
        links.nth(2).click()
    (line,) = download.value.path().read_text("utf-8").splitlines()
    assert json.loads(line)["faces"][0]["label"] == "happy"
    with page.expect_download() as download:
        links.nth(0).click()
    assert imageops.decode(download.value.path().read_bytes()).shape == (512, 512, 3)


def test_models_are_compared_on_one_face(page: Page, portrait_file: Path) -> None:
    choose(page, portrait_file)
    page.get_by_role("checkbox", name="dark").check()
    table = page.get_by_role("table", name="The same face, read by each chosen model")
    expect(table.locator("thead th .model")).to_have_text(["bright", "dark"])
    expect(table.locator("thead th .verdict")).to_have_text(["happy 84 %", "sad 79 %"])
    expect(table.locator("tbody tr")).to_have_count(7)
    expect(table.get_by_role("row", name="happy").locator(".value")).to_have_text(["84 %", "4 %"])
    page.get_by_role("checkbox", name="dark").uncheck()
    expect(table).to_be_hidden()


def test_faces_are_chosen_by_keyboard_and_by_click(page: Page, couple_file: Path) -> None:
    choose(page, couple_file)
    people = page.locator("#picture-face").get_by_role("radio")
    expect(people).to_have_count(2)
    people.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#picture-face .detail")).to_contain_text("Face 2 of 2")
    stage = page.locator("#picture-overlay").bounding_box()
    assert stage is not None
    scale = min(stage["width"] / 600, stage["height"] / 300)
    x, y = (stage["width"] - 600 * scale) / 2, (stage["height"] - 300 * scale) / 2
    chosen = set()
    for left in (150, 450):
        page.locator("#picture-overlay").click(position={"x": x + left * scale, "y": y + 130 * scale})
        chosen.add(page.locator("#picture-face .detail").inner_text())
    assert chosen == {f"Face {number} of 2: probability\u00a084\u00a0%" for number in (1, 2)}


def test_several_pictures_stand_in_a_strip(page: Page, portrait_file: Path, faceless_file: Path) -> None:
    choose(page, portrait_file, faceless_file)
    expect(page.locator("#picture-strip button")).to_have_count(2)
    expect(word(page, "picture")).to_have_text("happy")
    page.get_by_role("button", name="wall.png", exact=True).click()
    expect(page.locator("#picture-say")).to_contain_text("No face was found")
    expect(page.locator("#picture-count")).to_have_text("2 of 2 · 0 faces · wall.png")
    page.get_by_role("button", name="portrait.jpg").click()
    expect(page.locator("#picture-say")).to_be_hidden()
    expect(word(page, "picture")).to_have_text("happy")


def test_file_that_is_no_picture_is_said_in_words(page: Page, tmp_path: Path) -> None:
    text, nothing = tmp_path / "notes.jpg", tmp_path / "nothing.jpg"
    text.write_text("no picture")
    nothing.touch()
    choose(page, text)
    expect(page.locator("#picture-wrong")).to_contain_text("notes.jpg")
    choose(page, nothing)
    expect(page.locator("#picture-wrong")).to_contain_text("empty")


def test_a_picture_does_not_stand_under_the_name_of_what_is_none(
    page: Page, portrait_file: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    choose(page, text, portrait_file)
    expect(page.locator("#picture-wrong")).to_contain_text("notes.txt")
    page.get_by_role("button", name="portrait.jpg").click()
    expect(page.locator("#picture-image")).to_be_visible()
    page.get_by_role("button", name="notes.txt").click()
    expect(page.locator("#picture-wrong")).to_be_visible()
    expect(page.locator("#picture-image")).to_be_hidden()


def test_a_picture_that_is_decoded_late_does_not_cover_the_chosen_one(
    page: Page, portrait_file: Path, faceless_file: Path
) -> None:
    page.evaluate(
        """() => {
          window.goOn = []; // the first picture's pixels come when they are asked for
          const decode = window.createImageBitmap;
          window.createImageBitmap = async (file) => {
            const bitmap = await decode(file);
            if (file.name === "portrait.jpg")
              await new Promise((go) => window.goOn.push(go));
            return bitmap;
          };
        }"""
    )
    choose(page, portrait_file, faceless_file)
    page.get_by_role("button", name="wall.png").click()
    expect(page.locator("#picture-say")).to_contain_text("No face was found")
    expect(page.locator("#picture-image")).to_have_js_property("width", 320)
    page.evaluate(
        "async () => { for (const go of goOn) go(); await new Promise((go) => setTimeout(go, 100)); }"
    )
    expect(page.locator("#picture-image")).to_have_js_property("width", 320)


def test_a_reading_that_was_replaced_is_removed(page: Page, portrait_file: Path) -> None:
    choose(page, portrait_file)
    expect(word(page, "picture")).to_have_text("happy")
    first = page.locator("#picture-downloads a").nth(1).get_attribute("href")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as removed:
        page.get_by_role("checkbox", name="dark").check()
    assert removed.value.status == 204
    assert first is not None
    assert removed.value.url.endswith(first.removesuffix("/table.csv"))
    expect(page.locator("#picture-downloads a")).to_have_count(3)
    assert page.locator("#picture-downloads a").nth(1).get_attribute("href") != first


def test_picture_is_read_anew_where_another_tab_chose_another_model(page: Page, portrait_file: Path) -> None:
    choose(page, portrait_file)
    expect(word(page, "picture")).to_have_text("happy")
    page.click("#tab-live")
    page.locator("#live-classifier").select_option("dark")
    page.click("#tab-picture")
    expect(word(page, "picture")).to_have_text("sad")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.click("#tab-live")
    page.click("#tab-picture")
    expect(word(page, "picture")).to_have_text("sad")
    assert "POST" not in asked, "by the same choice nothing is read again"


def test_picture_can_be_dropped_and_pasted(page: Page, portrait_file: Path) -> None:
    data = list(portrait_file.read_bytes())
    for count, kind in enumerate(("drop", "paste"), start=1):
        page.evaluate(HANDED, [kind, data])
        expect(page.locator("#picture-strip button")).to_have_count(count)
    expect(word(page, "picture")).to_have_text("happy")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results_read_well_on_a_phone(visit: Any, couple_file: Path, scheme: str) -> None:
    phone = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = phone.open("#picture?classifier=bright&classifier=torn")
    choose(page, couple_file)
    expect(page.get_by_role("table")).to_be_visible()
    assert weak_texts(page) == []
    assert overflow(page) <= 0


HANDED = """([kind, data]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(data)], `${kind}.jpg`, { type: "image/jpeg" }));
  const name = kind === "drop" ? "dataTransfer" : "clipboardData";
  const options = { bubbles: true, cancelable: true, [name]: transfer };
  const event = new (kind === "drop" ? DragEvent : ClipboardEvent)(kind, options);
  document.querySelector("#picture-stage").dispatchEvent(event);
}"""
