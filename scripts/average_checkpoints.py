"""The mean of the weights of several checkpoints of one network, as a checkpoint that `mien export` takes.

    python scripts/average_checkpoints.py mean.ckpt first.ckpt second.ckpt ...

Checkpoints along one path of learning lie in one valley, whose middle is often better than any of them
(Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018).
"""

import sys
from pathlib import Path

import torch
from torch import Tensor


def main() -> None:
    out, *paths = map(Path, sys.argv[1:])
    kept = [torch.load(path, map_location="cpu", weights_only=True)["state_dict"] for path in paths]
    torch.save({"state_dict": {name: mean([each[name] for each in kept]) for name in kept[0]}}, out)


def mean(values: list[Tensor]) -> Tensor:
    """That of float tensors; of whole numbers (a batch norm's count) the first."""
    return torch.stack(values).mean(dim=0) if values[0].is_floating_point() else values[0]


if __name__ == "__main__":
    main()
