"""An exported model: an ``.onnx`` file and the JSON card beside it.

All that a model needs in order to be run rightly travels in its card: labels, input, pixel scaling,
crop, calibration, rights and data. Cards are found in the user's models folder (`models_folder`), in the
package (`BUNDLED`) and beside it in a checkout (`CHECKOUT`); a path works wherever a name does.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mien import card_rules
from mien.errors import ModelError, UnknownName

T = TypeVar("T")
BUNDLED = Path(__file__).parent / "bundled"
CHECKOUT = Path(__file__).parents[2] / "weights"
"""Models too large for the package lie here; an installed package has no such folder."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The tensor that a model takes: (N, channels, height, width) float32, ``(pixel - mean) / std``.

    ``width`` and ``height`` are both 0 where a detector takes pictures of any size. ``mean`` and ``std`` are
    in pixel units (0 to 255), one value per channel in the order of ``colour``. ``equalize`` "histogram" or
    "clahe" evens out the light beforehand (see `mien.prepare.equalized`).
    """

    width: int
    height: int
    colour: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    equalize: str = ""

    @property
    def channels(self) -> int:
        return card_rules.COLOURS[self.colour]

    @property
    def size(self) -> str:
        """Width and height, to be read by people."""
        return f"{self.width}x{self.height}" if self.width else "any size"


@dataclass(frozen=True, slots=True)
class CropSpec:
    """The region around a face box: a square, its side ``scale`` times the box's longer side.

    ``shift_y`` moves the square down by that share of the box's height (negative: up).
    """

    scale: float = 1.0
    shift_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logits are divided by ``temperature``; under ``unsure_below`` the expression counts as unsure."""

    temperature: float = 1.0
    unsure_below: float = 0.0


@dataclass(frozen=True, slots=True)
class DetectionSpec:
    """How to read a detector's output; `mien.detectors.onnx` says what each layout means.

    ``strides``: those of a detector's maps, in pixels of its input, the finest first.
    ``score_threshold`` is the lowest score kept, ``nms_threshold`` the overlap (IoU) over which the weaker of
    two boxes goes; both in [0, 1]. ``anchors`` are the (width, height) in pixels of the input that
    the layout of that name starts from: a row of as many for each stride. ``long_side``: where the input's
    size is free, the longer side in pixels that pictures are scaled to.

    ``box_width``, ``box_height`` and ``box_shift_y`` turn the model's boxes into tight ones (see
    `mien.detectors.base.Detector`): their sides are multiplied, then they move down by that share of the
    model's own height.
    """

    layout: str
    strides: tuple[int, ...] = ()
    score_threshold: float = 0.6
    nms_threshold: float = 0.3
    box_width: float = 1.0
    box_height: float = 1.0
    box_shift_y: float = 0.0
    anchors: tuple[tuple[tuple[float, float], ...], ...] = ()
    long_side: int = 640


@dataclass(frozen=True, slots=True)
class Card:
    """What a model says of itself. ``runner`` is the plug-in that runs it (a file of its family).

    `card_rules.PARTS` tells which fields belong to which task: others keep their defaults, and stay out of
    the card's JSON.
    """

    name: str
    task: str
    runner: str
    labels: tuple[str, ...]
    input: InputSpec
    detection: DetectionSpec | None = None
    crop: CropSpec = CropSpec()
    calibration: Calibration = Calibration()
    output: str = "logits"
    description: str = ""
    parameters: int | None = None
    rights: str = ""
    data: tuple[Mapping[str, str], ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""

    def as_json(self) -> str:
        surplus = card_rules.foreign(self.task, self.detection.layout if self.detection else "")
        values = {name: value for name, value in asdict(self).items() if name not in surplus}
        if not self.input.equalize:
            del values["input"]["equalize"]  # as on the cards from before there was a choice
        if self.detection is not None and not self.detection.anchors:
            del values["detection"]["anchors"]
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model file with its card."""

    path: Path
    card: Card

    def read(self) -> bytes:
        """The model's bytes, checked against the card's SHA-256; `ModelError` where they differ."""
        data = self.path.read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if self.card.sha256 and found != self.card.sha256.lower():
            raise ModelError(
                f"'{self.path}' has SHA-256 {found}, but its card states {self.card.sha256}. "
                "Fetch or export the model again."
            )
        return data


def models_folder() -> Path:
    """Where the user's own models lie: ``MIEN_MODELS``, else ``models`` in the user's data folder."""
    from platformdirs import user_data_path

    return Path(os.environ.get("MIEN_MODELS") or user_data_path("mien", appauthor=False) / "models")


def available(task: str) -> dict[str, Path]:
    """Name to model file for every artifact of ``task``; the user's own come first, then the bundled."""
    found: dict[str, Path] = {}
    for path in _model_files():
        if path.stem not in found and _task(path) == task:
            found[path.stem] = path
    return found


def is_path(name: str) -> bool:
    """Whether ``name`` points at a model file rather than naming a model."""
    return name.lower().endswith(".onnx")


def load(name: str, task: str) -> Artifact:
    """The artifact called ``name``, or at the path ``name``; raises `UnknownName` or `ModelError`."""
    if is_path(name):
        path = Path(name)
    else:
        names = available(task)
        if name not in names:
            raise UnknownName(f"{task} model", name, names)
        path = names[name]
    if not path.is_file():
        raise ModelError(f"No model file at '{path}'. Check the path.")
    card = read_card(path.with_suffix(".json"))
    if card.task != task:
        raise ModelError(f"'{path}' is a model for '{card.task}', not for '{task}'.")
    return Artifact(path, card)


def read_card(path: Path) -> Card:
    """Read and check the card at ``path``; every complaint is a `ModelError` that names the field."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"No card at '{path}'. A model needs a JSON card of the same name beside it; "
            "docs/cards.md shows a whole card."
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"Cannot read the card '{path}': {error}.") from error
    card_rules.check(values, str(path))
    return _card(values)


def _card(values: dict[str, Any]) -> Card:
    values = dict(values)
    return Card(
        input=_spec(InputSpec, values.pop("input")),
        detection=_spec(DetectionSpec, values.pop("detection")) if "detection" in values else None,
        crop=_spec(CropSpec, values.pop("crop", {})),
        calibration=_spec(Calibration, values.pop("calibration", {})),
        labels=tuple(values.pop("labels", ())),
        data=tuple(values.pop("data", ())),
        **values,
    )


def _spec(kind: type[T], values: Mapping[str, Any]) -> T:
    """An inner object of a card; JSON's lists become tuples."""
    return kind(**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _model_files() -> Iterator[Path]:
    for folder in (models_folder(), BUNDLED, CHECKOUT):
        yield from sorted(folder.glob("*.onnx"))


def _task(path: Path) -> str | None:
    # A folder may hold files without a readable card: they are not offered, and said to be wrong when named.
    try:
        task = json.loads(path.with_suffix(".json").read_text("utf-8")).get("task")
    except (OSError, ValueError, AttributeError):
        return None
    return task if isinstance(task, str) else None
