"""The record beside each run: what was run on what, with which models, and what came of it."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import mien
from mien import artifact, registry
from mien.batch.jobs import Job
from mien.pipeline import Analyzer
from mien.sinks._atomic import AtomicFile, writing
from mien.sources.base import Target
from mien.summary import RunSummary

SUFFIX = ".run.json"
PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "av", "pillow")
"""The packages whose version may change a result."""


class Identity(NamedTuple):
    """Size (bytes) and time of change (s) of what a job reads, None where it reads no file."""

    bytes: int | None
    modified: float | None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source and what came of it.

    ``state`` is "done", "partial" (the source broke off; what came before is kept) or "failed"; ``reason``
    says why. ``people`` maps each person (a number, or "all" for unrelated pictures) to label -> share of the
    time in which they were read; ``without_face`` is a share of the whole time, ``media_seconds``;
    ``unread`` is the share of the faces, by time, that were of too little quality to be read;
    ``seconds`` is the time that the run took, ``timings`` median milliseconds by stage.
    """

    name: str
    target: str | int
    state: str
    reason: str | None = None
    bytes: int | None = None
    modified: float | None = None
    frames: int = 0
    frames_with_face: int = 0
    dropped: int = 0
    seconds: float = 0.0
    media_seconds: float = 0.0
    without_face: float = 0.0
    unread: float = 0.0
    people: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One run, as it is written beside its outputs."""

    options: Mapping[str, Any]
    models: Mapping[str, Any]
    outputs: Mapping[str, str]
    sources: tuple[SourceRecord, ...]
    command: tuple[str, ...] = ()
    finished: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The worst state of the sources."""
        states = {source.state for source in self.sources}
        return next((state for state in ("failed", "partial") if state in states), "done")

    def write(self, path: Path) -> None:
        """Write the record to ``path`` whole or not at all; `SinkError` where that fails."""
        write_text(
            path, json.dumps({"state": self.state, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"
        )


def read(path: Path) -> Record | None:
    """The record at ``path``, or None where there is none that can be read."""
    try:
        values = json.loads(path.read_text("utf-8"))
        values.pop("state")
        sources = tuple(_read_source(source) for source in values.pop("sources"))
        return Record(sources=sources, command=tuple(values.pop("command")), **values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # absent, damaged or of another version: the run is simply done again


def _read_source(values: dict[str, Any]) -> SourceRecord:
    failures = tuple((name, reason) for name, reason in values.pop("failures"))
    return SourceRecord(failures=failures, **values)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` whole or not at all; `SinkError` where that fails."""
    file = AtomicFile(path)
    try:
        with writing(path), file.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        file.commit()
    finally:
        file.discard()


def source_record(job: Job, identity: Identity, summary: RunSummary) -> SourceRecord:
    """What came of a job that ran, on what was ``identity`` before it did."""
    return SourceRecord(
        job.name,
        _shown(job.target),
        "partial" if summary.partial or summary.failures else "done",
        summary.partial or _unread(summary),
        *identity,
        frames=summary.frames,
        frames_with_face=summary.frames_with_face,
        dropped=summary.dropped,
        seconds=round(summary.seconds, 3),
        media_seconds=round(summary.media_seconds, 3),
        without_face=round(summary.without_face, 4),
        unread=round(summary.unread, 4),
        people={
            "all" if person is None else str(person): {key: round(share, 4) for key, share in shares.items()}
            for person, shares in summary.people.items()
        },
        timings={stage: round(ms, 3) for stage, ms in summary.timings.items()},
        failures=summary.failures,
    )


def failed_record(job: Job, identity: Identity, reason: str) -> SourceRecord:
    """What came of a job of which nothing is kept."""
    return SourceRecord(job.name, _shown(job.target), "failed", reason, *identity)


def unchanged(record: SourceRecord, job: Job) -> bool:
    """Whether the job's file is the one that the record tells of; live sources never are."""
    return record.bytes is not None and identity(job) == (record.bytes, record.modified)


def another(record: SourceRecord, job: Job) -> bool:
    """Whether the record tells of another source than the job's: by name, and by file where it is one."""
    return record.target != _shown(job.target) and not unchanged(record, job)


def identity(job: Job) -> Identity:
    """What tells the job's file from a changed one; of a folder or glob, all that is read of it together."""
    try:
        states = [file.stat() for file in job.files]
    except OSError:  # gone since it was listed
        states = []
    if not states:
        return Identity(None, None)
    return Identity(sum(state.st_size for state in states), max(state.st_mtime for state in states))


def new(
    options: Mapping[str, Any],
    models: Mapping[str, Any],
    outputs: Mapping[str, str],
    sources: tuple[SourceRecord, ...],
    command: tuple[str, ...],
) -> Record:
    """The record of a run that just ended, with the versions and the machine."""
    return Record(
        options=options,
        models=models,
        outputs=outputs,
        sources=sources,
        command=tuple(str(_shown(word)) for word in command),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions(),
        machine={"system": platform.platform(), "cores": os.cpu_count()},
    )


def versions() -> dict[str, str]:
    """Python, mien and the packages that may change a result."""
    found = {"python": platform.python_version(), "mien": mien.__version__}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found


def facts(options: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """How a run was made, for people to read: models with SHA-256, options, versions."""
    chosen = {name: value for name, value in options.items() if name not in {"drawing", "formats"}}
    return {**chosen, **models, **versions()}


def models(analyzer: Analyzer) -> dict[str, dict[str, str]]:
    """Detector, landmarker (where there is one) and classifier, as named, with file and SHA-256 of their
    weights where they have some, and of the card beside them."""
    options = analyzer.options
    found = {"detector": _model("detectors", options.detector, analyzer.detector)}
    if analyzer.landmarker is not None:
        found["landmarker"] = _model("landmarkers", options.landmarker, analyzer.landmarker)
    return {**found, "classifier": _model("classifiers", options.classifier, analyzer.classifier)}


def _shown(target: Target) -> Target:
    """The target without the password of its address: records are passed on."""
    if isinstance(target, int) or "://" not in target:
        return target
    from mien.sources._addresses import masked  # brings FFmpeg: pictures need none

    return masked(target)


def _unread(summary: RunSummary) -> str | None:
    return f"{len(summary.failures)} could not be read." if summary.failures else None


def _model(family: str, name: str, plugin: object) -> dict[str, str]:
    path = _weights(family, registry.parse(name)[0], plugin)
    if path is None or not path.is_file():
        return {"name": name}
    card = path.with_suffix(".json")
    return {
        "name": name,
        "file": path.name,
        "sha256": _sha256(path),
        **({"card_sha256": _sha256(card)} if card.is_file() else {}),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _weights(family: str, stem: str, plugin: object) -> Path | None:
    """The file that a plug-in's model came from: as it says itself, or by its name."""
    said = getattr(plugin, "weights", None)
    if isinstance(said, (str, Path)):
        return Path(said)
    return Path(stem) if artifact.is_path(stem) else artifact.available(registry.TASKS[family]).get(stem)
