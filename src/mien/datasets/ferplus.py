"""FER+ (Barsoum et al., 2016): the votes of ten raters on FER2013's pictures, joined to them row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mien.datasets import _votes, _votes_file
from mien.datasets.base import Counts, Fault, Indices, Reading, Samples
from mien.datasets.fer2013 import Fer2013
from mien.errors import BadOption
from mien.labels import FER7, FERPLUS8, index_map
from mien.types import Floats

RULES: dict[str, Callable[[Indices], Floats]] = {
    "majority": _votes.majority,
    "soft": _votes.shares,
    "counts": _votes.counts,
}


@dataclass(eq=False)
class FerPlus(Fer2013):
    """FER2013's pictures with eight expressions (contempt among them) by the votes of ten raters.

    ``votes`` "majority": the expression that more than half agree on, as the authors test. "soft": the
    authors' distribution over the likely ones, to draw a label from or for a cross-entropy over it;
    "counts": the plain shares of all votes. Both are in ``soft``, and the label is the largest of them.
    Rows without a majority, and by each rule those where "unknown" or "not a face" leads, are left out as
    the authors do; so are rows that ``row_flags.csv`` marks as ``row_exact=0`` (another picture of the part
    stands there). ``classes`` 7 leaves out the rows that contempt leads, and gives FER2013's order. A test
    on soft labels is not comparable with one by majority.
    """

    votes: str = "majority"
    classes: int = 8

    title: ClassVar[str] = "FER+"
    pictures_of: ClassVar[str] = Fer2013.title
    rights: ClassVar[str] = (
        "Votes: MIT. Pictures: FER2013's, from the web without a formal licence; research use."
    )
    layout: ClassVar[str] = "fer2013/fer2013.csv (or packed), and fer2013/fer2013new.csv with its votes."

    def __post_init__(self) -> None:
        if self.votes not in RULES:
            raise BadOption(f"votes={self.votes} is not known. Valid: {', '.join(RULES)}.")
        if self.classes not in (7, 8):
            raise BadOption(f"classes={self.classes}: FER+ has 8 expressions, or 7 without contempt.")

    @property
    def labels(self) -> tuple[str, ...]:  # type: ignore[override]
        return FERPLUS8 if self.classes == 8 else FER7

    @property
    def published(self) -> Counts:
        return {}

    def read(self, split: str) -> Reading:
        """FER2013's part, less the rows that cannot be used."""
        self._check_split(split)
        path = self._file(*_votes_file.PLACES)
        if self.table() is None:
            raise self.absent("the votes belong to rows of fer2013.csv, which is not there")
        reading = super().read(split)
        usages, votes = _votes_file.read(path)
        samples = reading.samples.only(~np.isin(reading.samples.rows, self.flags("row_exact", "0")))
        fits = np.array([row < len(usages) and usages[row] == split for row in samples.rows], bool)
        strays = [
            Fault("no votes", f"row {row} of fer2013.csv is not {split} in {path.name}")
            for row in samples.rows[~fits]
        ]
        judged = self._judged(samples.only(fits), votes)
        return Reading(judged, (*reading.faults, *strays))

    def _judged(self, samples: Samples, votes: Indices) -> Samples:
        """The samples with targets by the votes; those of no use left out."""
        shares = RULES[self.votes](votes[samples.rows])  # (N, 8), in the order of the votes
        order = [place for place in index_map(self.labels, FERPLUS8) if place is not None]
        own = np.array([-1 if place is None else place for place in index_map(FERPLUS8, self.labels)])
        targets = np.where(shares.any(axis=1), own[shares.argmax(axis=1)], -1).astype(np.int64)
        kept = shares[:, order]
        kept /= np.maximum(kept.sum(axis=1, keepdims=True), 1e-12)
        return samples.relabelled(targets, None if self.votes == "majority" else kept)
