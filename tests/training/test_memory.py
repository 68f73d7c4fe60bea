"""Memory that steps free and take again."""

import platform
import subprocess
import sys

import pytest

from mien.errors import BadOption
from mien.training import failures

FAULTS = """
import resource, sys
import torch
from mien.training.memory import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory()
for step in range(16):
    if step == 4:  # the first ones are fresh in any case, until one lies where the next one fits, too
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(2**23)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
HELD = """
import torch
from mien.training.memory import give_back_freed_memory, keep_freed_memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

keep_freed_memory()
before = resident()
torch.ones(2**26)
kept = resident()
give_back_freed_memory()
print(kept - before, resident() - before)
"""
REFUSED = """
import torch
from mien.training import memory

memory._available = lambda: 2**26
with memory.within_available():
    try:
        torch.empty(2**25)
    except RuntimeError as error:
        print(error)
torch.empty(2**25)
"""


def faults(how: str) -> int:
    """Pages that twelve tensors of 32 MiB, one after the other, take anew."""
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_what_a_step_frees_the_next_one_takes() -> None:
    assert faults("kept") < faults("given back") / 3


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_what_was_kept_can_be_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    kept, left = map(int, done.stdout.split())
    assert kept > 200 * 2**20
    assert left < 20 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse by themselves")
def test_more_memory_than_there_is_is_refused_in_words_that_are_known() -> None:
    done = subprocess.run([sys.executable, "-c", REFUSED], capture_output=True, text=True, check=True)
    with pytest.raises(BadOption, match="the memory is full, with batch=8"), failures.in_words(8):
        raise RuntimeError(done.stdout)
