"""A data set of face crops as pictures whose one box is the whole picture."""

import functools
from pathlib import Path

import numpy as np

from mien import imageops, registry
from mien.errors import SourceError
from mien.scenes.base import Fault, GivenBox, MadeScene, Reading, SceneSet
from mien.types import Box, Image


class Crops(SceneSet):
    """The faces of a data set, as it gives them (`mien.datasets`), one to a picture.

    ``path`` is the data set's name, as in ``crops:fer2013``, after the folder that it lies in, where that is
    not the data folder: ``crops:FOLDER/fer2013``. ``split`` is one of its parts; empty: its first. Blank
    crops are left out, and so are rows of a test part whose picture stands in the training part too, and
    those that need not show a face (as FER+'s raters say of FER2013).
    """

    def __init__(self, path: str, split: str = "", skip_faults: bool = False) -> None:
        super().__init__(path, skip_faults)
        self.split = split

    def read(self) -> Reading:
        name, parent = self.path.name, self.path.parent
        valid = registry.names("datasets")
        if name not in valid:
            raise SourceError(f"'{self.path}' is no data set of face crops. Valid: {', '.join(valid)}.")
        dataset = registry.load("datasets", name, folder="" if str(parent) == "." else str(parent))
        split = self.split or dataset.splits[0]
        reading = dataset.read(split)
        samples = reading.samples.without_blank() if len(reading.samples) else reading.samples
        without = np.concatenate((dataset.leaked(split), dataset.faceless(split)))
        samples = samples.only(~np.isin(samples.rows, without))
        scenes = tuple(
            _scene(
                samples.images[place],
                dataset.labels[samples.targets[place]],
                self.path / split / f"{row}.png",
            )
            for place, row in enumerate(samples.rows)
        )
        faults = tuple(Fault(fault.kind, fault.what) for fault in reading.faults if fault.serious)
        return Reading(scenes, faults)


def _scene(crop: Image, word: str, name: Path) -> MadeScene:
    height, width = crop.shape[:2]
    whole = GivenBox(Box(0.0, 0.0, float(width), float(height)), word)
    return MadeScene(
        name, (whole,), f"crops {name.parent.parent.name}", make=functools.partial(imageops.bgr, crop)
    )
