"""The summary of a batch as a table: one row per source and person."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mien.batch.jobs import SUMMARY
from mien.batch.provenance import SourceRecord, write_text
from mien.labels import FER7
from mien.summary import UNSURE

COLUMNS = ("source", "state", "person", "frames", "seconds", "without_face", *FER7, UNSURE)
"""``seconds`` is the media time covered, ``without_face`` its share without a face; under each label the
share of the time in which the person was read. ``person`` is empty where nobody was."""


def rows(records: Iterable[SourceRecord]) -> Iterator[dict[str, Any]]:
    """One row per source and person, keyed by `COLUMNS` and by any further label of the model."""
    for record in records:
        head = {
            "source": str(record.target),
            "state": record.state,
            "frames": record.frames,
            "seconds": record.media_seconds,
            "without_face": record.without_face,
        }
        for person, shares in record.people.items() or [("", {})]:
            known = dict.fromkeys((*FER7, UNSURE), 0.0) if person else {}
            yield {**head, "person": person, **known, **shares}


def write(folder: Path, records: Sequence[SourceRecord]) -> None:
    """``summary.csv`` and ``summary.json`` in ``folder``; the latter with the reasons of failures too."""
    table = list(rows(records))
    further = [column for row in table for column in row if column not in COLUMNS]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys((*COLUMNS, *further))), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    write_text(folder / f"{SUMMARY}.csv", text.getvalue())
    sources = [
        {
            "source": record.target,
            "name": record.name,
            "state": record.state,
            "reason": record.reason,
            "frames": record.frames,
            "seconds": record.media_seconds,
            "without_face": record.without_face,
            "unread": record.unread,
            "people": record.people,
            "failures": record.failures,
        }
        for record in records
    ]
    text_json = json.dumps({"sources": sources}, indent=2, ensure_ascii=False) + "\n"
    write_text(folder / f"{SUMMARY}.json", text_json)
