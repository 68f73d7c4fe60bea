"""ExpW's photographs whole, with the boxes and expressions of their faces (Zhang et al., 2018)."""

from collections import defaultdict
from pathlib import Path

from mien import registry
from mien.scenes.base import Fault, GivenBox, Reading, Scene, SceneSet


class ExpW(SceneSet):
    """ExpW: 91,793 faces in web photographs, with a box and one of seven expressions each.

    ``path`` is the folder with ``label.lst`` and the photographs, or the one above it, as for the data set of
    the same name (`mien.datasets.expw`). Not every face in them has a box, so that a detection elsewhere may
    be right all the same. Bad lines, missing pictures and empty boxes are faults.
    """

    def read(self) -> Reading:
        dataset = registry.load("datasets", "expw", folder=str(self.path))
        listed = dataset.everything()
        faults = [Fault(fault.kind, fault.what) for fault in listed.faults]
        by_picture: defaultdict[Path, list[GivenBox]] = defaultdict(list)
        for entry in listed.entries:
            boxes = by_picture[entry.path]
            if entry.box.width > 0 and entry.box.height > 0:
                boxes.append(GivenBox(entry.box, entry.label, attributes=dict(entry.groups)))
            else:
                faults.append(Fault("empty box", f"line {entry.row + 1} of label.lst: {entry.path.name}"))
        scenes = []
        for path, boxes in by_picture.items():
            if path.is_file():
                scenes.append(Scene(path, tuple(boxes), "expw", boxes_complete=False))
            else:
                faults.append(Fault("missing picture", path.name))
        published = sum(dataset.totals.values())
        return Reading(tuple(scenes), tuple(faults), {"pictures": None, "faces": published})
