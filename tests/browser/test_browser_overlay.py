"""The overlay alone: which words it writes over a picture, and where."""

from typing import Any

import pytest
from playwright.sync_api import Page

from face_points import place, template
from mien.types import Box

pytestmark = pytest.mark.browser
WRITTEN = """async ({ picture, chosen, shown }) => {
  const { Overlay } = await import("/static/overlay.js");
  const canvas = Object.assign(document.createElement("canvas"), { style: "width: 400px; height: 300px" });
  document.body.append(canvas);
  const pen = canvas.getContext("2d");
  const overlay = new Overlay(canvas);
  overlay.setShown(shown);
  const log = [];
  pen.fillText = (text, x, y) => log.push({ text, left: x, top: y, right: x + pen.measureText(text).width });
  pen.stroke = pen.strokeRect = () => log.push({ text: null });
  overlay.show(picture, chosen);
  canvas.remove();
  return log;
}"""


def face(box: Box, label: str = "happy", **changes: Any) -> dict[str, Any]:
    landmarks = [float(value) for value in place(template(), box).reshape(-1)]
    known = {"box": box.as_tuple(), "label": label, "confidence": 0.84, "unsure": False, "track_id": None}
    return known | {"landmarks": landmarks, "points": None} | changes


@pytest.fixture
def page(visit: Any) -> Page:
    page: Page = visit().open("#picture")
    return page


def written(page: Page, *faces: dict[str, Any], chosen: int = 0, shown: tuple[str, ...] = ()) -> list[Any]:
    """What was written (text, left, top, right) and, as None, each stroke, in their order."""
    picture = {"width": 400, "height": 300, "faces": list(faces)}
    log: list[Any] = page.evaluate(WRITTEN, {"picture": picture, "chosen": chosen, "shown": list(shown)})
    return log


def texts(log: list[Any]) -> list[str]:
    return [entry["text"] for entry in log if entry["text"]]


def test_an_unsure_face_has_no_figure_that_would_mean_two_things(page: Page) -> None:
    assert texts(written(page, face(Box(100, 80, 220, 220), unsure=True, track_id=3))) == ["#3  unsure"]
    assert texts(written(page, face(Box(100, 80, 220, 220)))) == ["happy  84\u00a0%"]


def test_words_lie_over_the_lines_of_every_face_and_never_over_one_another(page: Page) -> None:
    faces = [face(Box(100 + 4 * at, 80 + 2 * at, 220, 220), label=f"face {at}") for at in range(6)]
    log = written(page, *faces, chosen=4, shown=("points", "regions"))
    plates = [entry for entry in log if entry["text"] and "%" in entry["text"]]
    assert plates[0]["text"].startswith("face 4"), "the chosen one has the first choice"
    tops = [entry["top"] for entry in plates]
    assert all(abs(one - other) >= 22 for at, one in enumerate(tops) for other in tops[:at])
    first = log.index(plates[0])
    assert all(entry["text"] for entry in log[first:]), "no stroke after the first plate"


@pytest.mark.parametrize("box", [Box(-60, -40, 160, 200), Box(240, 120, 460, 340)])
def test_regions_are_named_on_the_chosen_face_alone_and_whole(page: Page, box: Box) -> None:
    other = face(Box(150, 60, 290, 240))
    log = written(page, face(box), other, shown=("regions",))
    named = [entry for entry in log if entry["text"] and "%" not in entry["text"]]
    assert sorted(entry["text"] for entry in named) == ["brow", "brow", "eye", "eye", "mouth", "nose"]
    assert all(entry["left"] >= 4 and entry["right"] <= 396 for entry in named)
    assert all(8 <= entry["top"] <= 293 for entry in named)
