"""Average precision of several detectors: overall, by source and official subset, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mien.evaluation import detection_ap as ap
from mien.evaluation import detection_wider
from mien.evaluation.detection_truth import Flags, Found, Truth


def figures(
    truths: Sequence[Truth],
    found: Mapping[str, Sequence[Found]],
    resamples: int,
    subsets: Mapping[str, Sequence[Flags]],
) -> dict[str, Any]:
    """``found`` is by detector, one entry per picture; ``subsets`` as `detection_wider.members` gives them.

    Per detector: ``ap50`` and ``ap`` (the mean over IoU .5 to .95) of all pictures and of each source,
    ``ap50_interval`` (95 %), ``curve`` (precision at 101 recalls, IoU .5) and ``subsets``. For two detectors
    or more, ``difference`` is the first's AP50 less the second's, with its interval.
    """
    complete = np.array([each.complete for each in truths], np.bool_)
    if not complete.any():
        return {
            "problem": "No average precision: no picture has complete boxes, so any detection may be right.",
            "detectors": {},
        }
    matches = {name: ap.match(truths, those) for name, those in found.items()}
    draws = ap.resampled(list(matches.values()), complete, resamples)
    rows: dict[str, dict[str, Any]] = {
        name: {
            "ap50": _by_source(truths, complete, each, (0,)),
            "ap": _by_source(truths, complete, each, range(len(ap.IOUS))),
            "ap50_interval": ap.interval(draws[:, place]),
            "curve": _curve(each, complete),
            "subsets": _by_subset(truths, found[name], subsets),
        }
        for place, (name, each) in enumerate(matches.items())
    }
    result: dict[str, Any] = {"pictures": int(complete.sum()), "detectors": rows}
    if len(rows) > 1:
        first, second = list(rows)[:2]
        result["difference"] = {
            "of": [first, second],
            "ap50": _difference(rows[first]["ap50"]["all"], rows[second]["ap50"]["all"]),
            "interval": ap.interval(draws[:, 0] - draws[:, 1]),
        }
    return result


def _by_source(
    truths: Sequence[Truth], complete: Flags, matches: ap.Matches, levels: Sequence[int]
) -> dict[str, float | None]:
    sources = dict.fromkeys(each.source for each in truths if each.source and each.complete)
    parts = {"all": complete}
    parts |= {name: complete & np.array([each.source == name for each in truths]) for name in sources}
    return {
        name: _defined(ap.average_precision(matches, part.astype(np.float64), levels))
        for name, part in parts.items()
    }


def _by_subset(
    truths: Sequence[Truth], found: Sequence[Found], subsets: Mapping[str, Sequence[Flags]]
) -> dict[str, float | None]:
    boxes = [each.boxes for each in truths]
    return {
        name: _defined(detection_wider.average_precision(boxes, inside, found))
        for name, inside in subsets.items()
    }


def _curve(matches: ap.Matches, complete: Flags) -> dict[str, list[float]]:
    precision = ap.precision_at(matches, complete.astype(np.float64))
    return {"recall": ap.RECALLS.round(2).tolist(), "precision": np.nan_to_num(precision).round(4).tolist()}


def _difference(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else value
