"""The page as a whole: clean, by keyboard, on a phone, in light and dark, with a server that goes away."""

import json
from typing import Any

import pytest
from page_checks import overflow, weak_texts
from playwright.sync_api import Route, WebSocketRoute, expect

pytestmark = pytest.mark.browser
TABS = ("live", "picture", "video")


def test_page_loads_without_complaints_or_outside_requests(visit: Any) -> None:
    visitor = visit()
    page = visitor.open()
    for name in TABS:
        page.click(f"#tab-{name}")
        expect(page.locator(f"#{name}-panel")).to_be_visible()
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_page_states_what_to_do_on_every_empty_tab(visit: Any) -> None:
    page = visit().open()
    expect(page.get_by_role("button", name="Open camera")).to_be_visible()
    page.click("#tab-picture")
    expect(page.get_by_role("button", name="Choose pictures")).to_be_visible()
    page.click("#tab-video")
    expect(page.get_by_role("button", name="Choose a video")).to_be_visible()


def test_page_offers_the_installed_models_and_their_options(visit: Any) -> None:
    page = visit().open()
    expect(page.locator("#live-classifier option")).to_contain_text(["bright", "dark", "torn"])
    assert page.locator("#live-classifier").input_value() == "bright"
    page.get_by_text("About bright").click()
    expect(page.locator("#live-about")).to_contain_text("Says happy.")


def test_tabs_work_by_keyboard_and_stay_in_the_address(visit: Any) -> None:
    page = visit().open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="Live")).to_be_focused()
    for key, name in (
        ("ArrowRight", "Picture"),
        ("End", "Video"),
        ("ArrowRight", "Live"),
        ("ArrowLeft", "Video"),
    ):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel")).to_have_attribute("id", f"{name.lower()}-panel")
        assert page.url.endswith(f"#{name.lower()}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose a video")).to_be_focused()


def test_people_stand_by_their_numbers_whoever_came_first(visit: Any) -> None:
    order = (
        visit()
        .open()
        .evaluate(
            """async () => {
          const { FaceCard } = await import("/static/face_card.js");
          const root = document.createElement("section");
          const card = new FaceCard(root, [], {});
          for (const keys of [[4, 44], [44], [35, 44, 101], [4, 35, 44, 101]])
            card.showPeople(keys.map((key) => ({ key, text: `#${key}` })), 44);
          return [...root.querySelectorAll(".chip")].map((chip) => chip.textContent);
        }"""
        )
    )
    assert order == ["#4", "#35", "#44", "#101"]


def test_skip_link_moves_the_focus_and_keeps_the_state(visit: Any) -> None:
    page = visit().open("#picture")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    assert page.url.endswith("#picture")


def test_choices_come_from_the_address_and_go_back_into_it(visit: Any) -> None:
    page = visit().open("#picture?classifier=bright&classifier=torn")
    expect(page.get_by_role("checkbox", name="torn")).to_be_checked()
    page.get_by_role("checkbox", name="bright").uncheck()
    assert page.url.endswith("#picture?classifier=torn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(visit: Any, scheme: str) -> None:
    page = visit(color_scheme=scheme).open()
    for name in TABS:
        page.click(f"#tab-{name}")
        expect(page.locator(f"#{name}-panel")).to_be_visible()
        weak = weak_texts(page)
        assert weak == [], json.dumps(weak, indent=1)


def test_phone_width_has_no_horizontal_scroll(visit: Any) -> None:
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True).open()
    for name in TABS:
        page.click(f"#tab-{name}")
        expect(page.locator(f"#{name}-panel")).to_be_visible()
        assert overflow(page) <= 0


def test_lost_connection_is_said_and_mended(visit: Any) -> None:
    visitor = visit()
    page = visitor.context.new_page()
    routes: list[WebSocketRoute] = []

    def between(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server()

    page.route_web_socket("**/api/visit", between)
    page.goto(visitor.server)
    expect(page.locator("#version")).not_to_be_empty()
    expect(page.locator("#connection")).to_be_hidden()
    routes[0].close(code=1012)
    expect(page.locator("#connection")).to_contain_text("Trying again")
    expect(page.locator("#connection")).to_be_hidden()
    assert len(routes) == 2


def test_a_server_that_asks_for_another_token_says_so(visit: Any) -> None:
    visitor = visit()
    page = visitor.context.new_page()
    routes: list[WebSocketRoute] = []

    def alone(route: WebSocketRoute) -> None:
        routes.append(route)

    page.route_web_socket("**/api/visit", alone)
    page.goto(visitor.server)
    expect(page.locator("#version")).not_to_be_empty()
    page.route("**/*", lambda route: route.fulfill(status=401, json={"error": "A token is needed"}))
    routes[0].close(code=1012)
    expect(page.locator("#connection")).to_contain_text("another token")
    page.unroute("**/*")
    expect(page.locator("#connection")).to_be_hidden()


def test_page_works_under_a_path_of_a_proxy(visit: Any) -> None:
    visitor = visit()
    page = visitor.context.new_page()
    strays: list[str] = []

    def strip(route: Route) -> None:
        url = route.request.url
        if "/mien/" not in url:
            strays.append(url)
        route.fulfill(response=route.fetch(url=url.replace("/mien/", "/")))

    page.route("**/*", strip)
    sockets: list[str] = []
    page.route_web_socket("**/*", lambda route: sockets.append(route.url))
    page.goto(f"{visitor.server}mien/")
    expect(page.locator("#version")).not_to_be_empty()
    page.get_by_role("button", name="Open camera").click()
    expect(page.locator("#live-waiting-text")).to_contain_text("first answer")
    assert strays == []
    assert [url.split("/mien/")[1].split("?")[0] for url in sockets] == ["api/visit", "api/live"]
