"""Where a training runs."""

import os
import platform
from dataclasses import dataclass

import torch
from lightning.pytorch.strategies import DDPStrategy, Strategy
from lightning.pytorch.utilities import rank_zero_only


@dataclass(frozen=True, slots=True)
class Machine:
    """``accelerator`` and ``nodes`` are Lightning's; ``devices`` 0: every GPU, or one process per core.

    On a CPU two processes of one thread each hold up beside other work, where one process of two threads
    collapses.
    """

    accelerator: str = "auto"
    devices: int = 0
    nodes: int = 1

    @property
    def kind(self) -> str:
        """The accelerator that "auto" stands for here, where that is the CPU."""
        on_cpu = self.accelerator == "auto" and not (torch.cuda.is_available() or _has_mps())
        return "cpu" if on_cpu else self.accelerator

    def count(self, batch: int, smallest_share: int) -> int:
        """How many devices to ask Lightning for, with ``batch`` pictures a step; -1 is all of them.

        On a CPU no process gets less than ``smallest_share`` of them.
        """
        if self.devices or self.kind != "cpu":
            return self.devices or -1
        return max(min(os.cpu_count() or 1, batch // smallest_share), 1)

    def strategy(self, processes: int) -> Strategy | str:
        """Fresh processes where a CPU is shared: forking is unsafe with threads and absent on Windows.

        They exchange gradients in parts of 1 MB, without copies of them: each part while the layers before it
        are still being worked out, where one of 25 MB would wait for all of them.
        """
        if self.kind == "cpu" and processes * self.nodes > 1:
            return DDPStrategy(
                start_method="spawn",
                process_group_backend="gloo",
                gradient_as_bucket_view=True,
                bucket_cap_mb=1,
            )
        return "auto"

    def words(self) -> str:
        """The hardware, for a model's card."""
        if self.kind != "cpu" and torch.cuda.is_available():
            return f"{self.devices or torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}"
        return f"{os.cpu_count()} CPU cores, {platform.machine()}"


HERE = Machine()


def is_first() -> bool:
    """Whether this process is the one that writes, among all that train together on all machines.

    Lightning starts the command anew for each GPU, and the user does on each machine.
    """
    node = os.environ.get("NODE_RANK") or os.environ.get("GROUP_RANK") or "0"
    return int(node) == 0 and not getattr(rank_zero_only, "rank", 0)


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
