import pytest
import torch
from lightning.pytorch.callbacks import RichProgressBar

from mien.training.progress import EpochLines, progress_bar


class Trainer:
    """What `EpochLines` asks of a trainer."""

    max_epochs = 10
    current_epoch = 4

    def __init__(self) -> None:
        self.callback_metrics = {
            "val_accuracy": torch.tensor(0.5),
            "learning_rate": torch.tensor(0.00024),
        }


def test_lines_say_how_far_and_how_good(capsys: pytest.CaptureFixture[str]) -> None:
    lines, trainer = EpochLines(), Trainer()
    lines.on_train_start(trainer, None)  # type: ignore[arg-type]
    trainer.current_epoch = 5
    lines.on_train_epoch_end(trainer, None)  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 6/10" in err
    assert "val_accuracy 0.5000" in err
    assert "learning_rate 0.00024 " in err
    assert "min left" in err


def test_other_processes_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    lines = EpochLines()
    lines.disable()
    lines.on_train_epoch_end(Trainer(), None)  # type: ignore[arg-type]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("terminal", "kind"), [(True, RichProgressBar), (False, EpochLines)])
def test_a_terminal_gets_a_bar(terminal: bool, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    assert isinstance(progress_bar(), kind)
