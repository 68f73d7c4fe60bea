"""A small shape predictor of dlib's, trained on pictures that the test gives."""

from collections.abc import Sequence
from pathlib import Path

import dlib

from mien.landmarkers.dlib_68 import rectangle
from mien.types import Box, Floats, Image


def train(path: Path, faces: Sequence[tuple[Image, Box, Floats]], count: int = 68) -> Path:
    """Learn ``faces`` (picture, box, points) by heart and write the predictor to ``path``."""
    options = dlib.shape_predictor_training_options()
    options.cascade_depth, options.tree_depth, options.num_trees_per_cascade_level = 3, 2, 10
    options.feature_pool_size, options.num_test_splits, options.oversampling_amount = 50, 10, 2
    options.nu, options.num_threads, options.be_verbose = 0.5, 1, False
    shapes = []
    for _, box, points in faces:
        parts = [dlib.point(round(float(x)), round(float(y))) for x, y in points[:count]]
        shapes.append([dlib.full_object_detection(rectangle(box), parts)])
    predictor = dlib.train_shape_predictor([picture for picture, _, _ in faces], shapes, options)
    predictor.save(str(path))
    return path
