"""What a visitor may choose from, as ``GET /api/models`` and ``GET /api/sources`` say it."""

import logging
from collections.abc import Sequence
from typing import Any

import mien
from mien import artifact, palette, regions, registry
from mien.artifact import Card
from mien.config import CLASSIFIER, LANDMARKER, OWN
from mien.detectors.base import Detector
from mien.drawing import heads, numbers, points
from mien.errors import MienError
from mien.labels import FER7
from mien.sources import camera
from mien.web.settings import Settings

log = logging.getLogger(__name__)


def models(settings: Settings) -> dict[str, Any]:
    """Detectors with their options, classifiers with what their cards say, colours and limits."""
    detectors = _detectors(settings.analyzer.detector)
    named = settings.analyzer.classifier
    return {
        "detectors": detectors,
        "readers": {"detector": OWN, "classifier": CLASSIFIER if named in ("", OWN) else named},
        "classifiers": [*_classifiers(_reader(detectors, named)), *_own(detectors, named)],
        "landmarkers": _named("landmarkers", settings.analyzer.landmarker or LANDMARKER),
        "aligners": _named("aligners", settings.analyzer.aligner),
        "measures": registry.names("measures"),
        "own": {"landmarker": settings.analyzer.landmarker, "measures": list(settings.analyzer.measures)},
        "marks": marks(),
        "labels": list(FER7),
        "palette": {**palette.COLOURS, "unsure": palette.UNSURE, "accent": palette.ACCENT},
        "limits": {"upload_mb": settings.server.upload_mb},
        "version": mien.__version__,
    }


def marks() -> dict[str, Any]:
    """How facial points, regions and heads are drawn, so that the page and Python's overlay look the same.

    ``lines`` are the points that a line joins, and whether it returns to its start; ``regions`` have their
    points and the room around them in distances between the outer eye corners; ``axes`` are the colours of a
    head's axes (to its side, down, forward) and ``axis`` their length as a share of the face's height;
    ``degrees`` are the measures that are angles.
    """
    return {
        "lines": [{"points": list(part), "closed": closed} for part, closed in points.LINES],
        "regions": [
            {"name": name, "points": list(part), "room": room} for name, (part, room) in regions.PARTS.items()
        ],
        "axes": list(heads.AXES),
        "axis": heads.LENGTH,
        "degrees": sorted(numbers.DEGREES),
    }


def sources(settings: Settings, *, local: bool) -> dict[str, Any]:
    """The sources that the settings name; for visitors at this machine also its cameras."""
    named = [{"name": name} for name in settings.sources]
    if not local:
        return {"named": named, "cameras": [], "any": False}
    return {"named": named, "cameras": _cameras(), "any": True}


def _detectors(default: str) -> list[dict[str, Any]]:
    found = []
    for name in _with_first(registry.names("detectors"), default):
        try:
            stem = registry.parse(name)[0]
            options, card = registry.schema("detectors", stem), _detector_card(stem)
        except (MienError, ImportError) as error:
            log.info("Detector %s is not offered: %s", name, error)
            continue
        if not any(option.required for option in options):
            found.append(
                {
                    "name": name,
                    "default": name == default,
                    **card,
                    "options": [_option(option) for option in options],
                }
            )
    return found


def _detector_card(stem: str) -> dict[str, Any]:
    """What is known of a detector; its ``labels`` are the expressions that it reads itself."""
    task = registry.TASKS["detectors"]
    if artifact.is_path(stem) or stem in artifact.available(task):
        return _facts(artifact.load(stem, task).card)
    kind: type[Detector] = registry.find("detectors", stem)
    return _nothing_known(kind.labels)


def _reader(detectors: list[dict[str, Any]], chosen: str) -> str:
    """Who reads the faces where nobody asks: the default among the classifiers."""
    if chosen:
        return chosen
    return OWN if any(each["default"] and each["labels"] for each in detectors) else CLASSIFIER


def _own(detectors: list[dict[str, Any]], chosen: str) -> list[dict[str, Any]]:
    """The choice to let the detector read, where there is one that can."""
    labels: dict[str, None] = dict.fromkeys(label for each in detectors for label in each["labels"])
    if not labels:
        return []
    entry = {"name": OWN, "title": "the detector's own", "default": _reader(detectors, chosen) == OWN}
    about = {"description": "What the detector reads itself, in the same pass.", "rights": "", "figures": {}}
    return [{**entry, "labels": list(labels), "input": None, **about}]


def _named(family: str, default: str) -> list[dict[str, Any]]:
    """The members of ``family`` that can be loaded by their name alone."""
    found = []
    for name in _with_first(registry.names(family), default):
        try:
            options = registry.schema(family, registry.parse(name)[0])
        except (MienError, ImportError) as error:
            log.info("%s %s is not offered: %s", family, name, error)
            continue
        if not any(option.required for option in options):
            found.append({"name": name, "default": name == default})
    return found


def _option(option: registry.Option) -> dict[str, Any]:
    plain = option.default is None or isinstance(option.default, (str, int, float, bool))
    default = option.default if plain else str(option.default)
    return {"name": option.name, "type": option.type.__name__, "default": default}


def _classifiers(default: str) -> list[dict[str, Any]]:
    found = []
    names = registry.names("classifiers")
    for name in names if default == OWN else _with_first(names, default):
        entry: dict[str, Any] = {"name": name, "default": name == default}
        try:
            entry |= _card(registry.parse(name)[0])
        except MienError as error:
            log.info("Classifier %s is not offered: %s", name, error)
            continue
        found.append(entry)
    return found


def _card(name: str) -> dict[str, Any]:
    task = registry.TASKS["classifiers"]
    if not artifact.is_path(name) and name not in artifact.available(task):
        registry.find("classifiers", name)  # a method without a file of its own, or nothing at all
        return _nothing_known(FER7)
    return _facts(artifact.load(name, task).card)


def _nothing_known(labels: Sequence[str]) -> dict[str, Any]:
    return {"labels": list(labels), "input": None, "description": "", "rights": "", "figures": {}}


def _facts(card: Card) -> dict[str, Any]:
    """What a card says; an ``input`` of 0 x 0 takes any size."""
    return {
        "labels": list(card.labels),
        "input": {"width": card.input.width, "height": card.input.height, "colour": card.input.colour},
        "description": card.description,
        "rights": card.rights,
        "figures": dict(card.figures),
        "parameters": card.parameters,
    }


def _with_first(names: list[str], default: str) -> list[str]:
    """The installed names; the server's own choice too where it carries options or is a path."""
    return names if default in names else [default, *names]


def _cameras() -> list[dict[str, Any]]:
    return [{"index": index, "name": name} for index, name in camera.cameras()]
