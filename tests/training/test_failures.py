import errno
from collections.abc import Callable

import pytest
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from mien.errors import BadOption, ModelError, SinkError
from mien.training import failures

pytestmark = pytest.mark.train


def raised(error: BaseException) -> None:
    with failures.in_words(64):
        raise error


def of_process(last: str) -> ProcessRaisedException:
    return ProcessRaisedException(f"\n-- Process 1 terminated\nTraceback\n{last}\n", 1, 1)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        of_process("OSError: [Errno 28] No space left on device: 'last.ckpt'"),
        of_process(f"OSError: [Errno {errno.EDQUOT}] Disk quota exceeded: 'last.ckpt'"),
    ],
)
def test_a_disk_that_fills_up_is_said(error: Exception) -> None:
    with pytest.raises(SinkError, match="disk is full"):
        raised(error)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory: 12"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes."),
        of_process("torch.OutOfMemoryError: CUDA out of memory."),
        of_process("MemoryError"),
        ProcessExitedException("x", 0, 1, exit_code=-9, signal_name="SIGKILL"),
    ],
)
def test_too_little_memory_is_said(error: Exception) -> None:
    with pytest.raises(BadOption, match=r"memory is full, with batch=64.*--batch"):
        raised(error)


@pytest.mark.parametrize("wrap", [ValueError, lambda text: of_process(f"ValueError: {text}")])
def test_a_step_of_one_picture_is_said(wrap: Callable[[str], Exception]) -> None:
    text = "Expected more than 1 value per channel when training, got input size torch.Size([1, 256])"
    with pytest.raises(BadOption, match="from one picture at a time"):
        raised(wrap(text))


def test_too_little_shared_memory_is_said() -> None:
    text = "unable to write to file </torch_12_3_0>: No space left on device (28)"
    with pytest.raises(BadOption, match=r"/dev/shm\) is full.*--devices 1"):
        raised(RuntimeError(text))


def test_an_error_of_another_process_keeps_its_class_and_words() -> None:
    with pytest.raises(ModelError, match=r"^The loss became nan\.$"):
        raised(of_process("mien.errors.ModelError: The loss became nan."))


@pytest.mark.parametrize(
    "error",
    [
        of_process("ValueError: x"),
        ProcessExitedException("x", 0, 1, exit_code=1),
        ProcessExitedException("x", 0, 1, exit_code=-11, signal_name="SIGSEGV"),
        PermissionError(errno.EPERM, "x"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ModelError("The loss became nan."),
        KeyError("x"),
    ],
)
def test_what_else_is_raised_stays_itself(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        raised(error)
    assert caught.value is error


def test_without_a_failure_nothing_is_raised() -> None:
    with failures.in_words(64):
        pass
