"""What a recipe of the task "detection" stands for."""

from pathlib import Path

from mien import cache
from mien.datasets import _landmarks68
from mien.datasets.base import data_folder
from mien.errors import SourceError
from mien.scenes.base import Scene, open_scenes
from mien.training import loop, models
from mien.training.detection.data import Composed, Scenes
from mien.training.detection.export import export as to_artifact
from mien.training.detection.mining import mined
from mien.training.detection.module import DetectionModule
from mien.training.detection.pictures import prepare
from mien.training.detection.recipe import DetectionRecipe, load
from mien.training.detection.selection import Selection
from mien.training.detection.teacher import Teacher
from mien.training.export import Exported

__all__ = ["export", "load", "task"]

SMALLEST_SHARE = 16


def task(recipe: DetectionRecipe) -> loop.Task:
    """The network with fresh weights, and pictures labelled by people and teacher.

    Raises `SourceError` for data that is absent or empty, and for a selection without a picture whose boxes
    are complete; `ModelError` where the teacher's weights are missing.
    """
    scenes = (*_scenes(recipe.data.train), *_portraits(recipe.data.portraits))
    if not scenes:
        raise SourceError(f'train = "{recipe.data.train}" has no picture. Give a set to learn from.')
    selection = Selection(_selection(recipe.data.select))
    learning = prepare(scenes, Teacher(recipe.data.teacher), _cache(), recipe.data.train)
    if recipe.data.mined_by:
        learning = mined(learning, recipe.data.mined_by)
    loop.seed(recipe.seed)
    network = models.build(recipe.model, 1, 3)
    module = DetectionModule(network, recipe.schedule, selection, recipe.tight)
    composed = Composed(learning, recipe.data, recipe.compose, recipe.degrade)
    data = Scenes(composed, selection, recipe)
    return loop.Task(
        recipe.name,
        recipe.seed,
        recipe.schedule,
        module,
        data,
        monitor="val_score",
        validate_every=recipe.validate_every,
        smallest_share=SMALLEST_SHARE,
    )


def export(
    recipe: DetectionRecipe, checkpoint: Path, out: Path, *, minutes: float = 0.0, hardware: str = ""
) -> Exported:
    """See `mien.training.detection.export.export`; the selection's pictures set the score."""
    scenes = _selection(recipe.data.select)
    return to_artifact(recipe, checkpoint, out, scenes, minutes=minutes, hardware=hardware)


def _scenes(text: str) -> tuple[Scene, ...]:
    """The scenes of the set written as for `open_scenes`; a relative path is one in the data folder."""
    return open_scenes(text, data_folder()).load().scenes


def _selection(text: str) -> tuple[Scene, ...]:
    """The scenes to choose by: in others, what nobody boxed may be a face all the same."""
    scenes = tuple(scene for scene in _scenes(text) if scene.boxes_complete)
    if not scenes:
        raise SourceError(
            f'select = "{text}" has no picture whose boxes are complete: nothing tells right from wrong. '
            "Give a set in which every face has a box."
        )
    return scenes


def _portraits(part: str) -> tuple[Scene, ...]:
    """The pictures of `landmarks68`, without boxes: the teacher finds every face that the points are of."""
    if not part:
        return ()
    found = _landmarks68.load(part)
    return tuple(Scene(path, source=_landmarks68.TITLE, boxes_complete=False) for path in found.paths)


def _cache() -> Path:
    return cache.folder() / "training"
