"""A trained model as the teacher of another (Hinton, Vinyals, Dean, "Distilling the knowledge in a neural
network", 2015): beside the label of a picture, its answers to the changed picture are learned.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.errors import BadOption
from mien.training import start
from mien.training.options import DistillOptions
from mien.training.recipe import Recipe
from mien.training.sets import Parts


@dataclass(frozen=True, slots=True)
class Teacher:
    """``network`` answers pictures as the learning one gets them, with logits (N, K) of the same labels."""

    network: nn.Module
    options: DistillOptions

    def logits(self, pictures: Tensor) -> Tensor:
        """What the teacher says of ``pictures`` (N, C, H, W), on their device."""
        with torch.no_grad():
            answer: Tensor = self.network.to(pictures.device)(pictures)
        return answer

    def joined(self, loss: Tensor, logits: Tensor, pictures: Tensor) -> Tensor:
        """``loss``, that of the labels, and how far ``logits`` (N, K) are from the teacher's, weighted."""
        share = self.options.weight
        return (1 - share) * loss + share * distance(logits, self.logits(pictures), self.options.temperature)


def distance(logits: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    """Kullback-Leibler divergence of the softened ``logits`` (N, K) from ``wanted``, mean over pictures.

    Times the square of ``temperature``, so that gradients keep their size whatever it is (section 2).
    """
    own = functional.log_softmax(logits.float() / temperature, dim=1)
    target = functional.log_softmax(wanted.float() / temperature, dim=1)
    return functional.kl_div(own, target, reduction="batchmean", log_target=True) * temperature**2


def teacher(chosen: Recipe, data: Parts) -> Teacher | None:
    """The teacher that ``chosen`` names, or None.

    Raises `UnknownName` where there is no such model, `BadOption` for one of other labels or another input.
    """
    if not chosen.distill.teacher:
        return None
    found = start.find(chosen.distill.teacher)
    if found.labels != data.labels:
        raise BadOption(
            f"The teacher '{found.recipe.name}' reads {found.labels}, the data have {data.labels}."
        )
    if found.recipe.input != chosen.input:
        raise BadOption(
            f"The teacher '{found.recipe.name}' takes {found.recipe.input}; this recipe's [input] is "
            f"{chosen.input}. They have to be the same."
        )
    network = found.network(data.train).eval().requires_grad_(False)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Teacher(network, chosen.distill)


def sources(chosen: Recipe) -> tuple[dict[str, str], ...]:
    """For the card: the sets behind the teacher, if ``chosen`` names one."""
    if not chosen.distill.teacher:
        return ()
    found = start.find(chosen.distill.teacher)
    suffix = f"of the teacher {found.recipe.name}"
    return tuple({**row, "use": f"{row.get('use', 'learning')} {suffix}"} for row in found.data)
