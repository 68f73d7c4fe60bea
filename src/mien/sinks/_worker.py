"""One thread behind a short queue: work goes on beside the caller, who waits when it falls behind."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Worker(Generic[T]):
    """Calls ``work(item)`` for every item, in order, in a thread. At most ``depth`` items wait.

    What ``work`` raises is raised again by the next `put` or by `finish`; items after it are dropped.
    """

    def __init__(self, work: Callable[[T], None], depth: int, name: str) -> None:
        self._work = work
        self._queue: queue.Queue[tuple[T] | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self.cancelled = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over ``item``; waits while the queue is full."""
        self._raise()
        self._queue.put((item,))

    def finish(self) -> None:
        """Wait until all items are done."""
        self._end()
        self._raise()

    def cancel(self) -> None:
        """Drop the items that wait, and stop. Raises nothing."""
        self.cancelled = True
        self._end()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            if self._error is not None or self.cancelled:
                continue  # the queue is emptied all the same, so that nobody waits for room in vain
            try:
                self._work(entry[0])
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                self._error = error
