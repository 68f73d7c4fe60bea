"""What is to be said of several models, once for those of whom the same is true."""

from collections.abc import Iterator, Mapping, Sequence


def remarks(notes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """``notes`` by model, as sentences that begin with whom they are about: "All: ...", "a, b: ..."."""
    about: dict[str, list[str]] = {}
    for name, texts in notes.items():
        for text in texts:
            about.setdefault(text, []).append(name)
    for text, names in about.items():
        yield f"{'All' if len(names) == len(notes) > 1 else ', '.join(names)}: {text}"
