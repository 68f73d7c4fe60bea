"""Sets whose file names say all: who, which expression, from which side."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mien.datasets._pictures import Entry, Listing
from mien.datasets.base import Fault
from mien.errors import BadOption

Describe = Callable[[Path, int, re.Match[str]], Entry]


def list_coded(
    files: Iterable[Path],
    pattern: re.Pattern[str],
    describe: Describe,
    misnamed: Mapping[str, str] | None = None,
) -> Listing:
    """The ``files`` whose name fits ``pattern``, as ``describe(path, row, match)`` reads them.

    Others (a read-me, a contact sheet, a misnamed picture) are left out and named, but for those in
    ``misnamed``: names in capitals to what they ought to be.
    """
    entries: list[Entry] = []
    faults = []
    for path in files:
        match = pattern.fullmatch((misnamed or {}).get(path.name.upper(), path.name))
        if match is None:
            faults.append(Fault("other file name", path.name, serious=False))
        else:
            entries.append(describe(path, len(entries), match))
    return Listing(tuple(entries), tuple(faults))


def chosen(option: str, text: str, valid: Iterable[str]) -> frozenset[str]:
    """What ``text`` names of ``valid``: "all", or some as ``a+b``; `BadOption` for anything else."""
    known = list(valid)
    names = known if text == "all" else text.split("+")
    for name in names:
        if name not in known:
            raise BadOption(
                f"{option}={text}: '{name}' is not known. Valid: all, or some of {'+'.join(known)}."
            )
    return frozenset(names)
