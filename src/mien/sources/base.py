"""What every source keeps to.

To add one: a new file in this folder with one subclass of `Source` whose ``accepts`` recognises its targets.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import ClassVar, Literal, Self

from mien.types import Frame, SourceInfo

Target = str | int
"""What people name a source by: a path, a glob, a URL, a camera's index or name."""


class Source(ABC):
    """An open source: a context manager that yields frames.

    The constructor opens it and raises `SourceError` where that fails; ``target`` is its only required
    argument. Iterating may end with `PartialSource` when the source broke off; the frames before are good.
    """

    kind: ClassVar[Literal["pictures", "file", "live"]]
    dropped: int = 0
    """Frames of a live source that were replaced by a newer one before anybody took them."""
    failures: Sequence[tuple[str, str]] = ()
    """Pictures that could not be read: name and reason."""

    @classmethod
    @abstractmethod
    def accepts(cls, target: Target) -> bool:
        """Whether this source is the one for ``target``. At most one source accepts a target."""

    @property
    @abstractmethod
    def info(self) -> SourceInfo:
        """What is known of the source."""

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """The frames in order. A file yields every one; a live source yields the newest, without end."""

    def seek(self, seconds: float) -> None:
        """Go to a moment before iterating, where that saves work. Frames before it may still come."""

    def close(self) -> None:
        """Free what is held. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


PLUGIN = Source
