import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien import imageops

MakeCoco = Callable[..., Path]


@pytest.fixture
def make_coco(tmp_path: Path) -> MakeCoco:
    """Write ``faces.coco.json`` with its pictures in ``faces/``: ``boxes`` per picture, other keys by number.

    Annotations are numbered from 1; each picture is 100 x 80 and called ``N.png``.
    """

    def make(
        boxes: list[list[Any]],
        *,
        images: dict[int, dict[str, Any]] | None = None,
        annotations: dict[int, dict[str, Any]] | None = None,
        folder: str = "faces",
    ) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        content: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 7, "name": "face"}]}
        for place, given in enumerate(boxes):
            entry = {"id": place, "file_name": f"{place}.png", "width": 100, "height": 80}
            content["images"].append({**entry, **(images or {}).get(place, {})})
            picture = np.full((80, 100, 3), 10 * place, np.uint8)
            (tmp_path / folder / f"{place}.png").write_bytes(imageops.encode(picture, ".png"))
            for bbox in given:
                number = len(content["annotations"]) + 1
                own = {"id": number, "image_id": place, "category_id": 7, "bbox": bbox, "iscrowd": 0}
                content["annotations"].append({**own, **(annotations or {}).get(number, {})})
        path = tmp_path / "faces.coco.json"
        path.write_text(json.dumps(content), "utf-8")
        return path

    return make
