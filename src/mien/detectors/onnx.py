"""Runs any trained detector: an ``.onnx`` file with its card."""

from mien import artifact, backends
from mien.detectors import _options, _rows
from mien.detectors._anchor_free import AnchorFree
from mien.detectors._anchors import Anchors
from mien.detectors._boxes_scores import BoxesScores
from mien.detectors._input import PictureInput
from mien.detectors.base import Detector
from mien.errors import ModelError
from mien.types import Detection, Image

LAYOUTS: dict[str, type[AnchorFree] | type[Anchors] | type[BoxesScores]] = {
    "anchor_free": AnchorFree,
    "anchors": Anchors,
    "boxes_scores": BoxesScores,
}
"""How the outputs are laid out: `Card.detection.layout`."""
MULTIPLE = 32
"""Sides of a picture are padded to a multiple of this, where the card states neither sides nor strides."""


class OnnxDetector(Detector):
    """Faces by a model that takes one picture tensor, and gives maps of cells or a list of boxes.

    Where its card has labels, it reads the expressions in the same pass: `Detection.expression`.

    A picture whose longer side is over ``long_side`` pixels is scaled down to that: smaller is faster and
    misses small faces; a model whose card states a fixed size takes that instead. ``score_threshold`` is the
    lowest score kept, ``nms_threshold`` the overlap (IoU) over which the weaker of two boxes goes, both in
    [0, 1]. The card says what is not given here. ``threads`` is the number of threads that one call may
    use. Raises `ModelError` where the model's input or outputs do not have the shapes that the card states,
    or the file is not the card's.
    """

    def __init__(
        self,
        model: artifact.Artifact,
        long_side: int | None = None,
        score_threshold: float | None = None,
        nms_threshold: float | None = None,
        threads: int = 1,
    ) -> None:
        name, spec = model.card.name, model.card.detection
        if spec is None:
            raise ModelError(
                f"The card of '{model.path}' has no 'detection'. docs/cards.md shows a whole card."
            )
        score = spec.score_threshold if score_threshold is None else score_threshold
        self._overlap = spec.nms_threshold if nms_threshold is None else nms_threshold
        side = spec.long_side if long_side is None else long_side
        _options.at_least(MULTIPLE, name, long_side=side)
        _options.at_least(1, name, threads=threads)
        _options.shares(name, score_threshold=score, nms_threshold=self._overlap)
        self.card = model.card
        self.labels = model.card.labels
        self.unsure_below = model.card.calibration.unsure_below
        self.weights = model.path
        self._spec = spec
        self._session = backends.OnnxRuntime(model.read(), threads)
        _check_input(self._session.input_shape(), model)
        try:
            self._layout = LAYOUTS[spec.layout](self._session.output_shapes(), spec, score, model.card)
        except ModelError as error:
            raise ModelError(f"'{model.path}' does not fit its card: {error}. Correct the card.") from error
        self._read = self._layout.read if isinstance(self._layout, Anchors) else None
        self._input = PictureInput(model.card.input, side, max(spec.strides, default=MULTIPLE))

    def _find(self, image: Image) -> list[Detection]:
        tensor, scale = self._input.fill(image)
        height, width = tensor.shape[2:]
        rows = self._layout.rows(self._session.run(tensor), width, height)
        found = _rows.detections(rows, self._overlap, scale, self._read)
        return _rows.tightened(found, self._spec)


def _check_input(found: tuple[int | None, ...], model: artifact.Artifact) -> None:
    spec = model.card.input
    wanted = (1, spec.channels, spec.height or None, spec.width or None)
    # A free side does for a stated one, but not the other way round.
    fits = len(found) == 4 and all(have in (None, want) for have, want in zip(found, wanted, strict=True))
    if not fits:
        raise ModelError(
            f"'{model.path}' takes input of shape {found}, but its card states {wanted} (pictures, channels, "
            "height, width; None: free). Correct the card or export the model again."
        )
