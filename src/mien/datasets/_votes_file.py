"""The file of FER+ (Barsoum et al., 2016): ten raters' votes for each row of FER2013's table."""

import csv
from pathlib import Path

import numpy as np

from mien.datasets.base import Indices
from mien.errors import SourceError

COLUMNS = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""The vote columns as the file calls them; their meaning is `mien.labels.FERPLUS8`'s."""
MOST = 10_000
"""More votes than this are a slip: another column, or a broken number."""
PLACES = ("fer2013new.csv", "../ferplus/fer2013new.csv", "../FERPlus/fer2013new.csv")
"""Where it lies, from FER2013's folder."""


def read(path: Path) -> tuple[list[str], Indices]:
    """The part of each row, and (N, 10) its votes; rows without a picture's name count as no face."""
    usages, votes = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for fields in csv.DictReader(lines):
                counts = [int(fields[name]) for name in COLUMNS]
                if min(counts) < 0 or max(counts) > MOST:
                    raise ValueError(f"votes of {counts}")
                usages.append(fields["Usage"])
                votes.append(counts if fields["Image name"] else [0] * len(COLUMNS))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"Cannot read '{path}': {error}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"'{path}' row {len(usages)}: {error!r}. Expected are the columns Usage, Image name and "
            f"{', '.join(COLUMNS)} with whole numbers of votes."
        ) from error
    return usages, np.array(votes, np.int64).reshape(-1, len(COLUMNS))
