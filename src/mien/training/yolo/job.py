"""What a recipe of the task "expression_detection" stands for."""

from dataclasses import replace
from pathlib import Path

from mien.training import loop
from mien.training.export import Exported
from mien.training.yolo import anchors
from mien.training.yolo.data import Scenes
from mien.training.yolo.export import export as to_artifact
from mien.training.yolo.module import YoloModule
from mien.training.yolo.network import fresh
from mien.training.yolo.options import SceneOptions
from mien.training.yolo.recipe import YoloRecipe, load

__all__ = ["export", "load", "task"]

MONITOR = "val_map50"
SMALLEST_SHARE = 8


def task(recipe: YoloRecipe) -> loop.Task:
    """The network with fresh weights and its anchors, and the scenes to learn from.

    Raises `SourceError` for absent data and `BadOption` where the recipe's anchors do not fit the faces.
    """
    data = Scenes(recipe)
    sizes = anchors.sizes_of(data.train_dataloader())
    settled = anchors.settle(recipe.anchors, sizes, recipe.loss.anchor_ratio, recipe.seed)
    loop.seed(recipe.seed)
    network = fresh(recipe)
    network.anchors.copy_(settled)
    module = YoloModule(network, recipe.schedule, recipe.loss)
    return loop.Task(
        recipe.name,
        recipe.seed,
        recipe.schedule,
        module,
        data,
        monitor=MONITOR,
        validate_every=recipe.validate_every,
        smallest_share=SMALLEST_SHARE,
    )


def export(
    recipe: YoloRecipe, checkpoint: Path, out: Path, *, minutes: float = 0.0, hardware: str = ""
) -> Exported:
    """See `mien.training.yolo.export.export`; the recipe's test sets are scored, those that are there."""
    tests = {each.scenes: _test(recipe, each) for each in recipe.data.of("test")}
    return to_artifact(
        recipe, checkpoint, out, Scenes(recipe), tests=tests, minutes=minutes, hardware=hardware
    )


def _test(recipe: YoloRecipe, options: SceneOptions) -> Scenes:
    """The pictures of one test set, made like those to choose by."""
    chosen = replace(recipe.data, sets=(replace(options, use="select"),))
    return Scenes(replace(recipe, data=chosen))
