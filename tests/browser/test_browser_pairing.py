"""A detector that reads expressions itself, and who reads the faces when it is chosen."""

import csv
from pathlib import Path
from typing import Any

import pytest
from page_checks import word
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OWN = "the detector's own"


def choose(page: Page, part: str, name: str, tab: str = "live") -> None:
    page.locator(f"#{tab}-{part}").select_option(name)


def chosen(page: Page, tab: str = "live") -> Any:
    return page.locator(f"#{tab}-classifier")


def test_a_detector_that_reads_takes_over_and_hands_back(live: Page) -> None:
    own = live.locator("#live-classifier option", has_text=OWN)
    expect(own).to_be_disabled()  # Haar reads nothing
    choose(live, "classifier", "dark")
    expect(word(live)).to_have_text("sad")
    choose(live, "detector", "seer")
    expect(chosen(live)).to_have_value("detector")
    expect(word(live)).to_have_text("surprise")
    expect(live.locator("#live-stats")).not_to_contain_text("classify")
    assert "detector=seer" in live.url
    assert "classifier" not in live.url
    choose(live, "detector", "haar")
    expect(chosen(live)).to_have_value("dark")
    expect(word(live)).to_have_text("sad")
    expect(own).to_be_disabled()


def test_both_can_be_chosen_beside_it(live: Page) -> None:
    choose(live, "detector", "seer")
    expect(word(live)).to_have_text("surprise")
    choose(live, "classifier", "dark")
    expect(word(live)).to_have_text("sad")
    assert "classifier=dark" in live.url
    choose(live, "classifier", "detector")
    expect(word(live)).to_have_text("surprise")
    choose(live, "classifier", "bright")
    expect(word(live)).to_have_text("happy")
    option = live.locator("#live-about [name=score_threshold]")
    live.locator("#live-about").get_by_text("Detector options").click()
    option.fill("0.3")
    option.press("Tab")
    expect(live.locator("#live-trouble")).to_be_hidden()
    expect(chosen(live)).to_have_value("bright")  # another option is no other detector
    choose(live, "detector", "haar")
    expect(chosen(live)).to_have_value("bright")


def test_what_is_known_of_it_is_the_detectors_card(live: Page) -> None:
    choose(live, "detector", "seer")
    about = live.locator("#live-about")
    about.get_by_text("About seer").click()
    expect(about).to_contain_text("Sees one face and reads it.")
    expect(about).to_contain_text("map50 0.4567")
    choose(live, "classifier", "dark")
    expect(about).to_contain_text("About dark")
    expect(about).to_contain_text("Says sad.")


def test_bars_and_the_recorded_table_are_those_of_any_other(live: Page) -> None:
    choose(live, "detector", "seer")
    expect(word(live)).to_have_text("surprise")
    bars = live.locator("#live-face .bars li")
    expect(bars).to_have_count(7)
    expect(bars.nth(5).locator(".value")).to_have_text("90 %")
    live.get_by_role("button", name="Record").click()
    expect(live.locator("#live-record")).to_contain_text("0:01")
    live.locator("#live-record").click()
    link = live.locator("#live-downloads a").first
    expect(link).to_be_visible()
    with live.expect_download() as download:
        link.click()
    with download.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["label"] for row in rows} == {"surprise"}
    assert 0.88 < float(rows[-1]["surprise"]) < 0.92


def test_the_address_means_the_same_on_every_tab(visit: Any) -> None:
    visitor = visit()
    page = visitor.open("#live?detector=seer")
    expect(chosen(page)).to_have_value("detector")
    page.click("#tab-video")
    expect(chosen(page, "video")).to_have_value("detector")
    choose(page, "detector", "haar", tab="video")
    expect(chosen(page, "video")).to_have_value("bright")
    page.click("#tab-live")
    expect(chosen(page)).to_have_value("bright")
    page.goto(f"{visitor.server}#live?detector=seer&classifier=dark")
    page.reload()
    expect(chosen(page)).to_have_value("dark")
    assert visitor.complaints == []


def test_a_picture_compares_it_with_classifiers(visit: Any, portrait_file: Path) -> None:
    page = visit().open("#picture?classifier=bright&classifier=torn")
    page.set_input_files("#picture-file", str(portrait_file))
    expect(word(page, "picture")).to_have_text("happy")
    own = page.get_by_role("checkbox", name=OWN)
    expect(own).to_be_disabled()
    choose(page, "detector", "seer", tab="picture")
    expect(own).to_be_checked()
    expect(page.get_by_role("checkbox", name="bright")).not_to_be_checked()
    expect(word(page, "picture")).to_have_text("surprise")
    page.get_by_role("checkbox", name="dark").check()
    table = page.get_by_role("table", name="The same face, read by each chosen model")
    expect(table.locator("thead th .model")).to_have_text([OWN, "dark"])
    expect(table.locator("thead th .verdict")).to_have_text(["surprise 90 %", "sad 79 %"])
    choose(page, "detector", "haar", tab="picture")
    expect(own).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="dark")).to_be_checked()
