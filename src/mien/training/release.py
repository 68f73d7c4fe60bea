"""From whatever names a trained model to the files that can be handed out."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mien import artifact
from mien.artifact import Artifact
from mien.errors import BadOption, ModelError
from mien.training import expression, judging, onnx_file, record, run, sets, start, variants
from mien.training.callbacks import BEST, LAST
from mien.training.checkpoint import effort_until
from mien.training.recipe import Recipe
from mien.training.sets import Parts
from mien.training.variants import Form

_OF_CARDS = (
    *("task", "model", "network", "input", "data", "votes", "distill", "base", "base_data"),
    *("sets", "rights", "landmarker"),
)
"""What a model's card states of its training, or its answers follow from; the latter of other tasks'."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to come out.

    ``half`` as in `variants.stored`; ``int8`` adds ``<name>.int8.onnx``, but one that is slower than what it
    was made of only with ``force``.
    """

    half: bool | None = None
    int8: bool = False
    force: bool = False


def release(
    name: str, checkpoint: Path | None = None, out: Path | None = None, wishes: Wishes | None = None
) -> list[Artifact]:
    """Write what ``name`` stands for into ``out``, and say what was written.

    ``name`` is a recipe (a name or path), whose weights are those of ``checkpoint``; or the folder of a
    training, or a .ckpt file of one; or an exported expression model, by name or path, which gets the forms
    that were wished for. Without ``out``, a training's model is written beside its checkpoint and others'
    into ``runs/<name>``. Raises `BadOption` for what a model cannot have, for a checkpoint that was trained
    by another recipe and where another checkpoint's model would be replaced; `ModelError` for weights that
    do not fit and for an int8 that is slower.
    """
    wishes = wishes or Wishes()
    if checkpoint is not None:
        return _from_checkpoint(name, checkpoint, out, wishes)
    path = Path(name)
    path = path / BEST if start.is_training(name) else path
    if path.suffix == start.CHECKPOINT:
        start.check_training(path)
        return _from_checkpoint(str(path.with_name(record.FILE)), path, out or path.parent, wishes)
    return _from_model(name, out, wishes)


def _from_checkpoint(name: str, checkpoint: Path, out: Path | None, wishes: Wishes) -> list[Artifact]:
    job, recipe = run.load(name)
    folder = out or Path("runs") / recipe.name
    _check_origin(recipe, checkpoint)
    _spare(folder, checkpoint)
    onnx_file.check_folder(folder)  # before the work of minutes
    effort = _effort(checkpoint, recipe.name)
    if not isinstance(recipe, Recipe):
        _refuse(recipe.name, wishes)
        made = job.export(recipe, checkpoint, folder, **effort)
        return [Artifact(made.path, made.card)]
    made = expression.export(recipe, checkpoint, folder, half=wishes.half, **effort)
    done = [Artifact(made.path, made.card)]
    if wishes.int8:
        form = Form(made.path.read_bytes(), made.card)
        done.append(_int8(form, sets.load(recipe), folder, wishes.force))
    return done


def _check_origin(recipe: Any, checkpoint: Path) -> None:
    """Raise `BadOption` where the card would say of ``checkpoint`` what its own recipe does not."""
    differences = record.differences(recipe, checkpoint.with_name(record.FILE))
    decisive = [words for name, words in differences.items() if name.partition(".")[0] in _OF_CARDS]
    if decisive:
        raise BadOption(
            f"'{checkpoint}' was trained by another recipe: {'; '.join(decisive)}. Export it by its own, as "
            f"mien export {checkpoint} --out FOLDER."
        )


def _spare(folder: Path, source: Path) -> None:
    """Raise `BadOption` where ``folder`` has the model of a training, and ``source`` is not its best."""
    best = folder / BEST
    if best.is_file() and not (source.is_file() and best.samefile(source)):
        raise BadOption(
            f"'{folder}' holds a training: its model would be replaced by one of '{source}'. Choose another "
            "folder with --out."
        )


def _effort(checkpoint: Path, name: str) -> dict[str, Any]:
    """The minutes and the machine of the training that led to ``checkpoint``: to the best one, all of it.

    Checkpoints from before these were kept have the card ``name`` beside them.
    """
    last = checkpoint.with_name(LAST)
    source = last if checkpoint.name == BEST and last.is_file() else checkpoint
    kept = effort_until(source)
    if kept["minutes"]:
        return kept
    card = checkpoint.with_name(f"{name}.json")
    figures = artifact.read_card(card).figures if card.is_file() else {}
    return {"minutes": figures.get("training_minutes", 0.0), "hardware": figures.get("hardware", "")}


def _from_model(name: str, out: Path | None, wishes: Wishes) -> list[Artifact]:
    model = artifact.load(name, "expression")
    if model.card.runner != "onnx":
        _refuse(name, wishes)
    if not wishes.half and not wishes.int8:
        raise BadOption(f"'{name}' is exported already. Ask for --half or --int8, or give its --checkpoint.")
    if "int8" in model.card.figures:
        of = model.card.figures["int8"].get("of", "the model that it was made of")
        raise BadOption(f"'{name}' computes in int8 already: export {of} in place of it.")
    is_half = "half" in model.card.figures
    if is_half and not wishes.int8:
        raise BadOption(f"'{name}' is stored in half precision already.")
    recipe = start.find(name).recipe
    folder = out or Path("runs") / recipe.name
    if model.path.parent.resolve() != folder.resolve():
        _spare(folder, model.path)
    onnx_file.check_folder(folder)
    data = sets.load(recipe)
    if data.labels != model.card.labels:
        raise ModelError(f"'{name}' reads {model.card.labels}, but its recipe's data have {data.labels}.")
    form, done = Form(model.read(), model.card), []
    if wishes.half and not is_half:
        form = variants.stored(form, data.select, half=True)
        form = replace(form, card=judging.judged(form.card, form.content, data))
        done.append(_written(form, folder))
    if wishes.int8:
        done.append(_int8(form, data, folder, wishes.force))
    return done


def _int8(form: Form, data: Parts, folder: Path, force: bool) -> Artifact:
    made = variants.int8(form, data)
    before, after = (made.card.figures["int8"][name] for name in ("ms_before", "ms_after"))
    if after > before and not force:
        raise ModelError(
            f"In int8 '{form.card.name}' would be slower, {after:.2f} instead of {before:.2f} ms a face: "
            "it was not written. --force writes it nonetheless."
        )
    return _written(made, folder)


def _refuse(name: str, wishes: Wishes) -> None:
    if wishes.half or wishes.int8:
        raise BadOption(f"'{name}' does not read expressions from pixels: --half and --int8 are not for it.")


def _written(form: Form, folder: Path) -> Artifact:
    return Artifact(onnx_file.write(folder, form.card.name, form.content, form.card), form.card)
