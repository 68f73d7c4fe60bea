"""What the documentation shows works."""

import dataclasses
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

import mien.detectors
from mien import card_rules, registry
from mien.types import Image

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def block(page: str, language: str) -> str:
    (found,) = blocks(page, language)
    return found


def test_a_detector_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portrait: Image) -> None:
    (tmp_path / "middle.py").write_text(block("adding_a_plugin.md", "python"), "utf-8")
    monkeypatch.setattr(mien.detectors, "__path__", [*mien.detectors.__path__, str(tmp_path)])
    try:
        assert "middle" in registry.names("detectors")
        assert [option.name for option in registry.schema("detectors", "middle")] == ["share"]
        (face,) = registry.load("detectors", "middle:share=0.25").detect(portrait)
        assert face.box.as_tuple() == (192, 192, 320, 320)
    finally:
        sys.modules.pop("mien.detectors.middle", None)


@pytest.mark.parametrize("shown", blocks("cards.md", "json"))
def test_each_card_shown_is_whole_and_right(shown: str) -> None:
    card = json.loads(shown)
    card_rules.check(card, "docs/cards.md")
    for name in card:
        with pytest.raises(card_rules.ModelError, match=re.escape(f"{name} = ")):
            card_rules.check({**card, name: object()}, "docs/cards.md")


def test_every_extra_is_described() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r'pip install "\.\[(\w+)\]"', (DOCS / "install.md").read_text("utf-8"))) == set(
        extras
    )


def test_every_room_is_described() -> None:
    """Each file and package at the top of the package stands in the architecture's table."""
    described = set(re.findall(r"`([\w.]+?)/?`", (DOCS / "architecture.md").read_text("utf-8")))
    entries = {
        path.name
        for path in (ROOT / "src" / "mien").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and not path.name.startswith("__")
    }
    assert entries - described == set()


def test_every_setting_of_a_recipe_is_described() -> None:
    pytest.importorskip("torch")
    from mien.training import options, recipe

    described = set(re.findall(r"`(\w+)`", (DOCS / "training.md").read_text("utf-8")))
    described |= set(re.findall(r"^(\w+) = ", (DOCS / "training.md").read_text("utf-8"), re.MULTILINE))
    tables = {options.DataOptions: {"sets"}, options.SetOptions: set(), options.Schedule: set()}
    tables |= {options.AugmentOptions: set(), options.Published: set(), options.Paper: set()}
    tables |= {options.DistillOptions: set(), options.VotesOptions: set()}
    tables[recipe.Recipe] = {"name", "base", "base_data", "network", "input", "crop", "data"}
    tables[recipe.Recipe] |= {"schedule", "augment", "votes", "distill", "published", "paper"}
    for table, others in tables.items():
        assert {field.name for field in dataclasses.fields(table)} - others - described == set(), table


def test_every_setting_of_points_measures_and_one_stage_is_described() -> None:
    pytest.importorskip("torch")
    from mien.training.geometry.recipe import FaceOptions, GeometryRecipe
    from mien.training.landmarks.recipe import PointAugment, PointOptions, PointRecipe
    from mien.training.yolo.options import AugmentOptions, DataOptions, LossOptions, SceneOptions
    from mien.training.yolo.recipe import YoloRecipe

    pages = {
        "training.md": (FaceOptions, GeometryRecipe, PointAugment, PointOptions, PointRecipe),
        "one_stage.md": (AugmentOptions, DataOptions, LossOptions, SceneOptions, YoloRecipe),
    }
    common = {"name", "model", "seed", "description", "input", "crop", "schedule", "published"}
    for page, tables in pages.items():
        described = set(
            re.findall(r"\w+", " ".join(re.findall(r"`[^`\n]+`", (DOCS / page).read_text("utf-8"))))
        )
        for table in tables:
            assert {field.name for field in dataclasses.fields(table)} - common - described == set(), table


def test_every_table_of_a_settings_file_is_described() -> None:
    from mien.batch import Span
    from mien.config import AnalyzerOptions
    from mien.drawing.style import Style
    from mien.web.settings import ServerSettings

    text = (DOCS / "cli.md").read_text("utf-8")
    described = {name.replace("-", "_") for name in re.findall(r"`(?:--)?([a-z0-9_-]+)", text)}
    described |= set(re.findall(r"\w+", " ".join(re.findall(r"`([a-z,]+)`", text))))  # lists of parts
    for table in (AnalyzerOptions, Span, Style, ServerSettings):
        assert {field.name for field in dataclasses.fields(table)} - described == set(), table


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([\w.]*)#([^)]+)\)", page.read_text("utf-8")):
        text = ((page.parent / target) if target else page).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert anchor in slugs, f"{page.name} links to {target}#{anchor}"


@pytest.mark.parametrize("shown", blocks("training.md", "toml"))
def test_each_part_of_a_recipe_shown_is_right(shown: str, tmp_path: Path) -> None:
    from mien.training import recipe

    (tmp_path / "shown.toml").write_text(shown)
    recipe.load(str(tmp_path / "shown.toml"))


def test_every_data_set_and_option_is_described() -> None:
    text = (DOCS / "datasets.md").read_text("utf-8")
    described = set(re.findall(r"`(\w+)`", text))
    for name in registry.names("datasets"):
        options = {option.name for option in registry.schema("datasets", name)}
        assert {name, *options} - described == set(), name


def test_counts_shown_are_those_that_sets_are_checked_against() -> None:
    text = (DOCS / "datasets.md").read_text("utf-8")
    shown = dict(re.findall(r"^ (\w+) +[\d,]+ / ([\d,]+) ", text, re.MULTILINE))
    training = registry.load("datasets", "fer2013").published["Training"]
    assert {label: int(shown[label].replace(",", "")) for label in training} == dict(training)
    for name in ("ckplus48", "jaffe", "expw"):
        counts = list(registry.load("datasets", name).published["all"].values())
        assert " / ".join(f"{count:,}" for count in counts[:6]) in text, name
