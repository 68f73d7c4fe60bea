"""What ends a training midway, said in words that tell what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from mien.errors import BadOption, MienError, ModelError, SinkError

FULL_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "MemoryError")
"""What torch says on a GPU, on Linux, on Windows; and Python."""
FULL_SHARED = ("</torch_", "shared memory")
"""What torch says where pictures are handed to another process by way of a full ``/dev/shm``."""
ONE_PICTURE = "Expected more than 1 value per channel when training"
"""What torch says of a step of one picture."""
FULL_DISK = tuple(f"[Errno {number}]" for number in (errno.ENOSPC, errno.EDQUOT))
"""The second: what the system allows one user is used up."""


@contextmanager
def in_words(batch: int) -> Iterator[None]:
    """Raise `SinkError` for a full disk and `BadOption` for a full memory, also in other processes.

    ``batch`` pictures make a step. An error of mien's in another process stays the `ModelError` that it was;
    whatever else is raised stays itself.
    """
    try:
        yield
    except ProcessRaisedException as error:
        # A process hands its error over as text, the exception itself on the last line.
        raise _of_process(str(error).strip().splitlines()[-1], batch) or error from None
    except ProcessExitedException as error:
        if error.signal_name != "SIGKILL":
            raise
        raise _full_memory(batch, "The system ended a process of the training, as it does where") from error
    except (OSError, MemoryError, RuntimeError, ValueError) as error:
        known = _known(f"{type(error).__name__}: {error}", batch)
        if known is None:
            raise
        raise known from error


def _of_process(line: str, batch: int) -> MienError | None:
    kind, _, reason = line.partition(": ")
    return ModelError(reason) if kind.endswith(ModelError.__name__) else _known(line, batch)


def _known(line: str, batch: int) -> MienError | None:
    """The error for what ``line``, kind and message, tells; None for anything else."""
    if any(words in line for words in FULL_SHARED):
        return BadOption(
            "The memory that processes share (/dev/shm) is full. Train with --devices 1, or allow more of it "
            "(docker run --shm-size=2g)."
        )
    if ONE_PICTURE in line:
        return BadOption(
            "A batch norm cannot learn from one picture at a time. Give a larger --batch, or more pictures."
        )
    if any(words in line for words in FULL_DISK):
        return SinkError("The disk is full. Make room, and go on with --resume where an epoch was finished.")
    return _full_memory(batch, "It seems that") if any(words in line for words in FULL_MEMORY) else None


def _full_memory(batch: int, before: str) -> BadOption:
    return BadOption(
        f"{before} the memory is full, with batch={batch}. Give a smaller --batch, fewer --devices on a CPU, "
        "or pictures of a smaller side; go on with --resume where an epoch was finished."
    )
