"""Every error that mien raises on purpose.

    MienError                 exit code 1
    ├── UsageError            exit code 2: the caller asked for something that cannot be
    │   ├── UnknownName       no such detector, model, option ...; lists the nearest
    │   ├── BadOption         an option's value does not fit
    │   └── MissingExtra      an optional dependency is not installed
    ├── SourceError           a picture, video, camera or stream cannot be read
    │   └── PartialSource     it broke off midway; what came before the break is good
    ├── ModelError            weights, card or checksum do not fit
    └── SinkError             an output cannot be written

Each message says what failed, the bad value, and what to do about it.
"""

import difflib
from collections.abc import Iterable


class MienError(Exception):
    """The root of the tree. ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(MienError):
    exit_code = 2


class UnknownName(UsageError):
    """A name that nothing answers to, with the valid ones, ``more`` that is, and the nearest of them."""

    def __init__(self, kind: str, name: str, valid: Iterable[str], more: str = "") -> None:
        self.kind, self.name, self.valid = kind, name, sorted(valid)
        near = difflib.get_close_matches(name, self.valid, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        choices = ", ".join(self.valid) or "none"
        super().__init__(f"Unknown {kind} '{name}'.{hint} Valid: {choices}{more}.")


class BadOption(UsageError):
    pass


class MissingExtra(UsageError):
    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part. Install it with: pip install 'mien[{extra}]'")


class SourceError(MienError):
    pass


class PartialSource(SourceError):
    pass


class ModelError(MienError):
    pass


class SinkError(MienError):
    pass
