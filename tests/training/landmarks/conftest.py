"""The recipe `mien_68`, small enough for a test, on drawn faces."""

import pytest

from face_points import write_set
from mien.artifact import CropSpec, InputSpec
from mien.training.landmarks.recipe import PointOptions, PointRecipe
from mien.training.recipe import Schedule


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> PointRecipe:
    """Two epochs of 32 x 32 pixels."""
    return PointRecipe(
        "small_68",
        input=InputSpec(32, 32, "gray", (128.0,), (64.0,)),
        crop=CropSpec(1.2),
        data=PointOptions(folder=str(write_set(tmp_path_factory.mktemp("data")))),
        schedule=Schedule(epochs=2, batch=8, learning_rate=3e-3, warmup=0, ema=0.9),
    )
