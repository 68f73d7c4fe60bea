"""Which files a run leaves, and the sinks that write them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mien import registry
from mien.batch.jobs import SUMMARY, VIDEO_SUFFIXES, Job
from mien.batch.provenance import SUFFIX
from mien.errors import BadOption, SinkError, UnknownName
from mien.imageops import PICTURE_SUFFIXES
from mien.sinks.base import Sink

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of output: the sink that writes it and the ending of its file in a folder of outputs."""

    sink: str
    suffix: str
    draws: bool = False
    """Whether the sink takes the drawing options."""
    tabular: bool = False
    """Whether the sink takes the columns of measures."""
    many: bool = True
    """Whether one file can hold several sources."""
    streams: bool = False
    """Whether it can go to stdout."""
    endings: tuple[str, ...] = ()
    """Those that it can write, where names may end as pictures and videos do."""


FORMATS: Mapping[str, Format] = {
    "csv": Format("table_csv", ".csv", tabular=True, streams=True),
    "jsonl": Format("json_lines", ".jsonl", streams=True),
    "parquet": Format("table_parquet", ".parquet", tabular=True),
    "video": Format("annotated_video", ".mp4", draws=True, many=False, endings=(".mp4", ".m4v")),
    "picture": Format("annotated_pictures", "", draws=True, endings=(".jpg", ".jpeg", ".png", ".webp")),
    "report": Format("report", ".html"),
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results go.

    ``files`` maps formats to one file each, which takes all sources ("-": stdout). ``folder`` gets the
    ``formats`` for every source apart, under the job's name. ``drawing`` are options of the sinks that draw,
    ``columns`` the measures that tables get beside the standard columns.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    formats: Sequence[str] = ("csv",)
    drawing: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (*self.files, *self.formats):
            if name not in FORMATS:
                raise UnknownName("output format", name, FORMATS)
        to_stdout = [name for name, path in self.files.items() if path == STDOUT]
        for name in to_stdout:
            if not FORMATS[name].streams:
                raise BadOption(f"--{name} cannot go to stdout. Name a file.")
        if len(to_stdout) > 1:
            raise BadOption(f"Only one output can go to stdout, not {' and '.join(to_stdout)}.")

    def check(self, jobs: Sequence[Job]) -> None:
        """Refuse, before any work, what cannot come out well; make the folder (not its parents)."""
        for name, path in self.files.items():
            if len(jobs) > 1 and not FORMATS[name].many:
                raise BadOption(
                    f"--{name} {path} holds one source, but there are {len(jobs)}. "
                    f"Use --out FOLDER --formats {name} for one file per source."
                )
            _check_ending(name, path)
        self._spare_sources(jobs)
        if self.folder is not None:
            _make(self.folder)

    def _spare_sources(self, jobs: Sequence[Job]) -> None:
        """`BadOption` where an output would take the place of a source, or of another output."""
        sources = {file.resolve() for job in jobs for file in job.files}
        pictures = {file.parent for file in sources if file.suffix.lower() in PICTURE_SUFFIXES}
        taken: set[Path] = set()
        for name, path in self._targets(jobs):
            target = path.resolve()
            if target in sources or (name == "picture" and target in pictures):
                raise BadOption(f"The {name} '{path}' would overwrite a source. Name another place for it.")
            if target in taken:
                raise BadOption(f"Two outputs are called '{path}'. Give each a name of its own.")
            taken.add(target)

    def _targets(self, jobs: Sequence[Job]) -> Iterator[tuple[str, Path]]:
        """Every file or folder that is written, by what it is."""
        for name, file in self.files.items():
            if file != STDOUT:
                yield name, Path(file)
        if self.folder is not None:
            yield from (("summary", self.folder / f"{SUMMARY}{ending}") for ending in (".csv", ".json"))
        for job in (None, *jobs):
            record = self.record_path(job)
            if record is not None:
                yield "record", record
        for job in jobs:
            yield from self.paths(job).items()

    def shared(self) -> Iterator[tuple[str, Sink]]:
        """The sinks that take all sources, by format."""
        for name, path in self.files.items():
            yield name, self._sink(name, path)

    def own(self, job: Job) -> Iterator[tuple[str, Sink]]:
        """The sinks that take ``job`` alone, by format."""
        for name, path in self.paths(job).items():
            yield name, self._sink(name, str(path))

    def paths(self, job: Job) -> dict[str, Path]:
        """The files in the folder that ``job`` alone leaves, by format."""
        if self.folder is None:
            return {}
        return {name: self.folder / (job.name + FORMATS[name].suffix) for name in self.formats}

    def record_path(self, job: Job | None = None) -> Path | None:
        """Where the record of ``job`` goes; without one, that of the files that take all sources."""
        if job is not None:
            return None if self.folder is None else self.folder / (job.name + SUFFIX)
        files = [path for path in self.files.values() if path != STDOUT]
        return Path(files[0] + SUFFIX) if files else None

    def _sink(self, name: str, path: str) -> Sink:
        options = dict(self.drawing) if FORMATS[name].draws else {}
        if FORMATS[name].tabular:
            options["columns"] = self.columns
        sink: Sink = registry.load("sinks", FORMATS[name].sink, path=path, **options)
        return sink


def _check_ending(name: str, path: str) -> None:
    """`BadOption` for a name that promises another kind of file than is written."""
    ending, written = Path(path).suffix.lower(), FORMATS[name].endings
    if written and ending not in written and ending in VIDEO_SUFFIXES | PICTURE_SUFFIXES:
        raise BadOption(f"--{name} {path}: it is written as {', '.join(written)}. End its name so.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise SinkError(f"Cannot make the output folder '{folder}': {error.strerror}.") from error
