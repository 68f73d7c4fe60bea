"""RAF-DB, compound expressions (Li, Deng & Du, "Reliable Crowdsourcing ...", CVPR 2017)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mien.datasets.base import Counts
from mien.datasets.rafdb import RafDb
from mien.labels import COMPOUND11, COMPOUND_CODES


@dataclass(eq=False)
class RafDbCompound(RafDb):
    """RAF-DB compound: 3,954 faces from the web that show two expressions at once, of eleven kinds."""

    title: ClassVar[str] = "RAF-DB compound"
    layout: ClassVar[str] = (
        "rafdb/compound/EmoLabel/list_patition_label.txt and rafdb/compound/Image/aligned/*_aligned.jpg."
    )
    folders: ClassVar[tuple[str, ...]] = ("rafdb/compound", "RAF-DB/compound", "compound")
    labels = COMPOUND11
    codes: ClassVar[Mapping[int, str]] = COMPOUND_CODES

    @property
    def published(self) -> Counts:
        return {}

    @property
    def totals(self) -> Mapping[str, int]:
        return {"train": 3162, "test": 792}
