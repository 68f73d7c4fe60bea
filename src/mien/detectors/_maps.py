"""Which of a model's outputs is the map of which stride."""

from collections.abc import Mapping, Sequence

from mien.errors import ModelError


def places(
    outputs: Mapping[str, tuple[int | None, ...]], strides: Sequence[int], channels: int, layout: str
) -> dict[int, int]:
    """Stride to the place of its map among ``outputs`` (names and shapes), called ``stride_8`` and so on.

    Raises `ModelError` unless these are all, each (1, ``channels``, rows, columns): a map that is left out
    would be faces that nobody misses. ``layout`` is what the message says of the card.
    """
    names = {f"stride_{stride}": stride for stride in strides}
    fits = outputs.keys() == names.keys() and all(
        len(shape) == 4 and shape[1] in (None, channels) for shape in outputs.values()
    )
    if not fits:
        raise ModelError(
            f"it gives {dict(outputs)}, but layout = {layout} expects {', '.join(names)}, each "
            f"(1, {channels}, rows, columns)"
        )
    order = list(outputs)
    return {stride: order.index(name) for name, stride in names.items()}
