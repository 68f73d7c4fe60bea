"""The part of a report that tells of one source, as HTML."""

from collections.abc import Iterator, Mapping
from html import escape

from mien.drawing import charts, html
from mien.sinks._people import Account, Person, Still
from mien.summary import UNSURE, RunSummary
from mien.types import SourceInfo

SHOWN = 24
"""People with a timeline of their own; the others stand in a table."""


def section(account: Account, group: str) -> Iterator[str]:
    """HTML for one source; ``group`` is a name that no other source of the page has."""
    summary = account.summary()
    size = "" if account.size is None else f"{account.size[0]} × {account.size[1]} pixels"
    yield f"<section>\n<div><h2>{escape(source_name(account.info))}</h2>"
    yield f'<p class="soft">{escape(size)}</p></div>\n'
    if summary.frames == 0:
        yield '<p class="notice">This source gave no frame.</p>\n</section>\n'
        return
    yield html.tiles(_figures(account, summary))
    if account.info.kind == "pictures":
        yield from _stills(account, summary)
    elif account.people:
        yield html.legend((*account.labels, UNSURE))
        yield from _people(account, summary, group)
    elif account.faces:
        yield '<p class="card">No face was good enough to be read.</p>\n'
    else:
        yield '<p class="card">No face was seen here.</p>\n'
    yield _timings(summary)
    yield "</section>\n"


def source_name(info: SourceInfo) -> str:
    """The name of a source without its folder, which is nobody else's business."""
    return info.path.name or info.name if info.path is not None else info.name


def clock(seconds: float) -> str:
    """Seconds as people write them: 0:09, 12:30, 1:02:30."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def percent(share: float) -> str:
    """A share in [0, 1]."""
    return f"{share * 100:.0f} %"


def _figures(account: Account, summary: RunSummary) -> Mapping[str, str]:
    if account.info.kind == "pictures":
        without = summary.frames - summary.frames_with_face
        counts = {"Pictures": summary.frames, "Faces": account.faces, "Without a face": without}
        return {**{name: str(count) for name, count in counts.items()}, **_unread(summary)}
    covered = f"{summary.media_seconds:.1f} s"
    whole = account.info.duration
    if whole and whole > summary.media_seconds + 0.5:
        covered = f"{summary.media_seconds:.1f} of {whole:.1f} s"
    return {
        "Time": covered,
        "Frames": str(summary.frames),
        "People": str(len(summary.people)),
        "Time without a face": percent(summary.without_face),
        **_unread(summary),
    }


def _unread(summary: RunSummary) -> Mapping[str, str]:
    return {"Faces too poor to read": percent(summary.unread)} if summary.unread else {}


def _people(account: Account, summary: RunSummary, group: str) -> Iterator[str]:
    longest = sorted(account.people, key=lambda track: -account.people[track].timeline.seconds)[:SHOWN]
    span = (account.first or 0.0, account.last)
    for track in sorted(longest):
        yield _person(account.people[track], f"Person {track}", summary.people.get(track, {}), group, span)
    others = sorted(track for track in summary.people if track is not None and track not in longest)
    if others:
        yield f'<div class="card"><h3>{len(others)} more, seen for a shorter time</h3>'
        columns = (*account.labels, UNSURE)
        yield html.table(
            ("Person", *columns),
            (
                (
                    f"Person {track}",
                    *(percent(summary.people[track].get(label, 0.0)) for label in columns),
                )
                for track in others
            ),
        )
        yield "</div>\n"


def _person(
    person: Person, name: str, shares: Mapping[str, float], group: str, span: tuple[float, float]
) -> str:
    line = person.timeline
    thumbnail = "" if person.thumbnail is None else html.picture(person.thumbnail, f"Face of {name}")
    figure = charts.timeline(line.lines(), line.strip(), span)
    leader = max(shares, key=lambda label: shares[label], default="nothing")
    description = f"Expressions of {name} over time; most of the time {leader}"
    return (
        '<div class="card person">\n<div>'
        f'<div class="who">{thumbnail}<div><h3>{escape(name)}</h3><p class="soft number">'
        f"{line.seconds:.1f} s, {clock(line.first)} to {clock(line.last)}</p></div></div>\n"
        f"{html.bars(shares, line.labels)}</div>\n"
        f"{html.chart(charts.as_json(figure), group, description)}</div>\n"
    )


def _stills(account: Account, summary: RunSummary) -> Iterator[str]:
    if not account.stills:
        yield '<p class="card">No face was found in these pictures.</p>\n'
        return
    if account.faces > 1:
        shares = html.bars(summary.people.get(None, {}), account.labels)
        yield f'<div class="card person"><div><h3>All faces</h3>{shares}</div></div>\n'
    yield f'<ul class="stills">{"".join(map(_still, account.stills))}</ul>\n'
    if account.faces > len(account.stills):
        yield f'<p class="soft">The first {len(account.stills)} of {account.faces} faces are shown.</p>\n'


def _still(still: Still) -> str:
    name = still.source.replace("\\", "/").rsplit("/", 1)[-1]
    expression = still.face.expression
    thumbnail = "" if still.thumbnail is None else html.picture(still.thumbnail, f"A face in {name}")
    said, probabilities = "not read", ""
    if expression is not None:
        said = UNSURE if expression.unsure else f"{expression.label} {percent(expression.confidence)}"
        probabilities = html.bars(expression.as_dict(), expression.labels)
    return (
        f'<li class="card"><div class="who">{thumbnail}<div><h3>{escape(said)}</h3>'
        f'<p class="soft">{escape(name)}</p></div></div>{probabilities}</li>'
    )


def _timings(summary: RunSummary) -> str:
    stages = ", ".join(f"{stage} {ms:.1f}" for stage, ms in summary.timings.items())
    return (
        f'<p class="soft number">Median time per frame, in milliseconds: {escape(stages)}.</p>\n'
        if stages
        else ""
    )
