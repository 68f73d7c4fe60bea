"""What holds for the page in every state."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

_CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")


def weak_texts(page: Page) -> list[dict[str, Any]]:
    """The visible texts whose contrast is under 4.5:1."""
    weak: list[dict[str, Any]] = page.evaluate(_CONTRAST)
    return weak


def word(page: Page, tab: str = "live") -> Locator:
    """What is said of the face on the tab ``tab``."""
    return page.locator(f"#{tab}-face .verdict .word")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide
