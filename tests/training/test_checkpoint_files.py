import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from mien.errors import ModelError
from mien.training.checkpoint import WholeFiles, load_weights

pytestmark = pytest.mark.train


def test_a_full_disk_leaves_the_older_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "best.ckpt"
    WholeFiles().save_checkpoint({"epoch": 1}, path)

    def half(self: TorchCheckpointIO, checkpoint: Any, path: Any, storage_options: Any = None) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TorchCheckpointIO, "save_checkpoint", half)
    with pytest.raises(OSError, match="No space left"):
        WholeFiles().save_checkpoint({"epoch": 2}, path)
    assert torch.load(path, weights_only=True) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        b'"""Words."""\nimport os\n',
        b"PK\x03\x04",
        b"",
        b"\x89PNG\r\n",
        b"{}",
        b"q",
        b"R\xba",
        b"c\xf5\n\xd0\n",
    ],
)
def test_what_is_no_checkpoint_is_said_in_one_plain_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "best.ckpt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"is not a checkpoint of cnn3: .*") as caught:
        load_weights(torch.nn.Linear(2, 2), path, "cnn3")
    assert "issue" not in str(caught.value)


def test_a_checkpoint_that_holds_more_than_weights_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": Path("x")}, tmp_path / "best.ckpt")
    with pytest.raises(ModelError, match="it holds something else than weights"):
        load_weights(torch.nn.Linear(2, 2), tmp_path / "best.ckpt", "cnn3")
