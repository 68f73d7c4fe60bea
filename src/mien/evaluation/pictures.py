"""The pictures of a set that is scored, those that break off midway left out or named.

Sets are read by the headers of their files; whether a picture is whole shows only when it is decoded.
"""

import logging
from dataclasses import replace

from mien.errors import SourceError
from mien.scenes.base import Fault, MadeScene, Reading, Scene, SceneSet
from mien.types import Image

log = logging.getLogger(__name__)


def decodable(scene_set: SceneSet) -> Reading:
    """What ``scene_set`` loads; where it skips faults, without the pictures that cannot be decoded.

    They become faults of the reading, with a warning.
    """
    reading = scene_set.load()
    if not scene_set.skip_faults:
        return reading
    told = [(scene, _fault(scene)) for scene in reading.scenes]
    faults = tuple(fault for _, fault in told if fault is not None)
    whole = tuple(scene for scene, fault in told if fault is None)
    for fault in faults:
        log.warning("%s: left out %s: %s", scene_set.path, fault.kind, fault.what)
    return replace(reading, scenes=whole, faults=reading.faults + faults)


def picture(scene: Scene) -> Image:
    """`Scene.image`; `SourceError` where it cannot be decoded says how to do without it."""
    try:
        return scene.image()
    except SourceError as error:
        raise SourceError(
            f"{error} The option skip_faults=true of the set leaves such pictures out."
        ) from error


def _fault(scene: Scene) -> Fault | None:
    if isinstance(scene, MadeScene):
        return None
    try:
        scene.image()
    except SourceError as error:
        return Fault("unreadable picture", str(error))
    return None
