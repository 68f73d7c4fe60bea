"""Many sources, one after the other, with the models loaded once; what is done already is not done again."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mien import registry
from mien.batch import provenance
from mien.batch.jobs import Job
from mien.batch.outputs import Outputs
from mien.batch.provenance import Identity, SourceRecord
from mien.errors import BadOption, MienError, SinkError, SourceError, UnknownName, UsageError
from mien.pipeline import Analyzer, open_source, source_name
from mien.sinks.base import Sink
from mien.sources.base import Source
from mien.summary import STOPPED, RunSummary
from mien.types import Frame, FrameResult, SourceInfo


@dataclass(frozen=True, slots=True)
class Span:
    """The part of each source that is analysed: each ``every``-th frame from ``start`` to ``end`` (s)."""

    every: int = 1
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one job; ``skipped`` when an earlier run had done it already."""

    job: Job
    record: SourceRecord
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came of all jobs, in order; ``stopped`` when Ctrl-C ended it before the last."""

    outcomes: tuple[Outcome, ...]
    stopped: bool = False

    @property
    def troubles(self) -> list[Outcome]:
        """The jobs that failed or broke off."""
        return [outcome for outcome in self.outcomes if outcome.record.state != "done"]

    @property
    def exit_code(self) -> int:
        return 1 if self.troubles or self.stopped else 0


class Watcher:
    """Is told how a batch goes on. Override what is of interest."""

    def started(self, job: Job) -> None:
        """A job begins."""

    def opened(self, info: SourceInfo) -> None:
        """Its source is open."""

    def advanced(self, frames: int, seconds: float) -> None:
        """So many of its frames are done, up to this media time (s)."""

    def ended(self, outcome: Outcome) -> None:
        """The job ended, well or not, or was skipped."""


def run(
    jobs: Sequence[Job],
    analyzer: Analyzer,
    outputs: Outputs | None = None,
    span: Span | None = None,
    *,
    source_options: Mapping[str, Any] | None = None,
    sinks: Sequence[Sink] = (),
    force: bool = False,
    command: Sequence[str] = (),
    watcher: Watcher | None = None,
) -> BatchSummary:
    """Run ``jobs`` and write ``outputs``; ``sinks`` are further ones, opened and closed by the caller.

    ``source_options`` go to the constructor of every source that knows them; `UnknownName` where none does.
    A job that fails leaves nothing behind and does not stop the others; a job that breaks off keeps what
    came before. Jobs whose outputs stand from an earlier run with the same options, models and file are
    skipped, unless ``force`` is set or their results are also wanted in a file for all. Raises `UsageError`
    for what is wrong with the first job, or where results of another source would be replaced without
    ``force``, and `SinkError` where a file for all cannot be written.
    """
    outputs = outputs or Outputs()
    outputs.check(jobs)
    if not force:
        _spare_earlier(jobs, outputs)
    _check_options(source_options or {}, jobs)
    analyzer.session()  # a tracker or smoother that does not exist is wrong for pictures too
    batch = _Batch(
        analyzer,
        outputs,
        span or Span(),
        source_options=source_options or {},
        sinks=sinks,
        command=command,
        watcher=watcher or Watcher(),
    )
    return batch.run(jobs, force)


class _Batch:
    def __init__(
        self,
        analyzer: Analyzer,
        outputs: Outputs,
        span: Span,
        *,
        source_options: Mapping[str, Any],
        sinks: Sequence[Sink],
        command: Sequence[str],
        watcher: Watcher,
    ) -> None:
        self.analyzer, self.span, self.source_options = analyzer, span, source_options
        self.outputs = replace(outputs, columns=analyzer.table_columns)
        self.sinks, self.command, self.watcher = sinks, tuple(command), watcher
        self.models = provenance.models(analyzer)
        self.options = {
            **asdict(analyzer.options),
            "measures": list(analyzer.options.measures),  # as it comes back out of a record's JSON
            **asdict(span),
            "source_options": dict(source_options),
            "formats": sorted(outputs.formats) if outputs.folder else [],
            "drawing": dict(outputs.drawing),
        }

    def run(self, jobs: Sequence[Job], force: bool) -> BatchSummary:
        outcomes: list[Outcome] = []
        with ExitStack() as stack:
            shared = {name: stack.enter_context(sink) for name, sink in self.outputs.shared()}
            for job in jobs:
                self.watcher.started(job)
                earlier = None if force or shared else self._earlier(job)
                outcomes.append(earlier or self._attempt(job, shared, first=not outcomes))
                self.watcher.ended(outcomes[-1])
                if outcomes[-1].record.reason == STOPPED:
                    break
            records = tuple(outcome.record for outcome in outcomes)
            if all(record.state == "failed" for record in records):
                for sink in shared.values():
                    sink.close(discard=True)
            else:
                self._tell(shared, records)
        self._write_record(self.outputs.record_path(), records, self.outputs.files)
        return BatchSummary(tuple(outcomes), stopped=len(outcomes) < len(jobs))

    def _earlier(self, job: Job) -> Outcome | None:
        """The outcome of an earlier run, where all that it rests on is unchanged."""
        path = self.outputs.record_path(job)
        record = provenance.read(path) if path is not None else None
        if record is None or record.state != "done" or len(record.sources) != 1:
            return None
        same = record.options == self.options and record.models == self.models
        complete = all(file.exists() for file in self.outputs.paths(job).values())
        if not (same and complete and provenance.unchanged(record.sources[0], job)):
            return None
        return Outcome(job, record.sources[0], skipped=True)

    def _attempt(self, job: Job, shared: Mapping[str, Sink], *, first: bool) -> Outcome:
        identity = provenance.identity(job)
        try:
            record = self._run(job, identity, shared)
        except MienError as error:
            # What is wrong with the first job may be wrong with all, and nothing is lost yet.
            if (isinstance(error, UsageError) and first) or (isinstance(error, SinkError) and shared):
                raise
            record = provenance.failed_record(job, identity, str(error))
        return Outcome(job, record)

    def _run(self, job: Job, identity: Identity, shared: Mapping[str, Sink]) -> SourceRecord:
        with ExitStack() as stack:
            own = {name: stack.enter_context(sink) for name, sink in self.outputs.own(job)}
            summary = self.analyzer.run(
                self._open(job),
                [_Opened(self.watcher), *own.values(), *shared.values(), *self.sinks],
                **asdict(self.span),
                progress=self.watcher.advanced,
            )
            _refuse_nothing(summary)
            record = provenance.source_record(job, identity, summary)
            self._tell(own, [record])
        files = {name: path.name for name, path in self.outputs.paths(job).items()}
        self._write_record(self.outputs.record_path(job), (record,), files)
        return record

    def _open(self, job: Job) -> Source:
        known = _options_of(job) if self.source_options else set()
        options = {name: value for name, value in self.source_options.items() if name in known}
        return open_source(job.target, **options)

    def _tell(self, sinks: Mapping[str, Sink], records: Sequence[SourceRecord]) -> None:
        """Give the sinks that show how a run was made the facts of it, and what went wrong."""
        for sink in sinks.values():
            if hasattr(sink, "facts"):
                sink.facts = provenance.facts(self.options, self.models)
            if hasattr(sink, "notices"):
                sink.notices = [
                    f"{record.target}: {record.reason}" for record in records if record.state != "done"
                ]

    def _write_record(
        self, path: Path | None, sources: tuple[SourceRecord, ...], outputs: Mapping[str, str]
    ) -> None:
        if path is None or all(source.state == "failed" for source in sources):
            return
        provenance.new(self.options, self.models, outputs, sources, self.command).write(path)


class _Opened(Sink):
    """Passes on that a source was opened."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def begin(self, info: SourceInfo) -> None:
        self._watcher.opened(info)

    def write(self, frame: Frame, result: FrameResult) -> None:
        pass

    def close(self, *, discard: bool = False) -> None:
        pass


def _spare_earlier(jobs: Sequence[Job], outputs: Outputs) -> None:
    """`BadOption` where the folder holds the results of another source under the name of one of ``jobs``."""
    for job in jobs:
        path = outputs.record_path(job)
        record = provenance.read(path) if path is not None else None
        if record is not None and len(record.sources) == 1 and provenance.another(record.sources[0], job):
            raise BadOption(
                f"'{outputs.folder}' holds results called '{job.name}', of '{record.sources[0].target}'. "
                f"Name another folder for those of '{job.target}' with --out, or replace them with --force."
            )


def known_options(jobs: Sequence[Job]) -> set[str]:
    """The options that the source of one of ``jobs`` at least takes."""
    return set().union(*map(_options_of, jobs))


def _options_of(job: Job) -> set[str]:
    """What the job's source takes beside its target."""
    schema = registry.schema("sources", source_name(job.target))
    return {option.name for option in schema} - {"target"}


def _check_options(options: Mapping[str, Any], jobs: Sequence[Job]) -> None:
    if options:
        known = known_options(jobs)
        for name in options:
            if name not in known:
                raise UnknownName("option of these sources", name, known)


def _refuse_nothing(summary: RunSummary) -> None:
    """A source that gave not one good frame failed, however it put it."""
    reasons = [summary.partial, *(reason for _, reason in summary.failures)]
    reason = next((reason for reason in reasons if reason), None)
    if summary.frames == 0 and reason is not None and reason != STOPPED:
        raise SourceError(reason)
