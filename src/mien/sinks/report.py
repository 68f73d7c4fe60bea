"""A report that stands alone: one HTML file with the timeline of every person."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import IO, Any

from mien.drawing import charts, html
from mien.sinks._atomic import NO_UTF8, AtomicFile, writing
from mien.sinks._people import Account
from mien.sinks._sections import section, source_name
from mien.sinks.base import Sink
from mien.types import Frame, FrameResult, SourceInfo

_SPOOLED = 8 << 20
_PIECE = 1 << 16


class Report(Sink):
    """Per source and person: shares of time, a timeline, and (``thumbnails``) a small picture of the face.

    The page holds its charts' library, so it opens without a network. Set ``facts`` (name to value: models,
    versions, options) and ``notices`` (sentences, such as why a source broke off) before the sink closes.
    Lines are thinned, with their extremes kept, so that neither memory nor page grows with an hour of video.
    """

    def __init__(self, path: str | Path, thumbnails: bool = True) -> None:
        self.facts: Mapping[str, Any] = {}
        self.notices: Sequence[str] = ()
        self._file = AtomicFile(path)
        self._thumbnails = thumbnails
        self._account: Account | None = None
        self._names: list[str] = []
        # Sections of many sources wait on the disk, not in memory.
        self._sections: IO[str] | None = None

    def begin(self, info: SourceInfo) -> None:
        self._end_source()
        self._account = Account(info, thumbnails=self._thumbnails)
        self._names.append(source_name(info))

    def write(self, frame: Frame, result: FrameResult) -> None:
        if self._account is None:
            self.begin(SourceInfo(result.source, "live"))
        assert self._account is not None
        self._account.add(frame, result)

    def close(self, *, discard: bool = False) -> None:
        try:
            if self._names and not discard:
                self._end_source()
                with writing(self._file.path), self._file.open("w", encoding="utf-8", newline="\n") as page:
                    page.writelines(self._page())
                self._file.commit()
        finally:
            self._account, self._names = None, []
            if self._sections is not None:
                self._sections.close()
                self._sections = None
            self._file.discard()

    def _end_source(self) -> None:
        account, self._account = self._account, None
        if account is None:
            return
        if self._sections is None:
            self._sections = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by close
                _SPOOLED, "w+", encoding="utf-8", errors=NO_UTF8, newline="\n"
            )
        with writing(self._file.path):
            self._sections.writelines(section(account, f"source-{len(self._names)}"))

    def _page(self) -> Iterator[str]:
        title = self._names[0] if len(self._names) == 1 else f"{len(self._names)} sources"
        return html.document(f"{title}: expressions", self._body(title), (charts.library(),))

    def _body(self, title: str) -> Iterator[str]:
        made = f"{datetime.now().astimezone():%d %B %Y, %H:%M}"
        yield f"<header><div><h1>Expressions</h1><p class='soft'>{escape(title)}, {made}</p></div>\n"
        for notice in self.notices:
            yield f'<p class="notice" role="status">{escape(notice)}</p>\n'
        yield "</header>\n"
        if self._sections is not None:
            self._sections.seek(0)
            while piece := self._sections.read(_PIECE):
                yield piece
        if self.facts:
            values = {str(name): _shown(value) for name, value in self.facts.items()}
            yield "<section><h2>How this was made</h2>"
            yield f'<div class="card">{html.facts(values)}</div></section>\n'


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {entry}" for key, entry in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
