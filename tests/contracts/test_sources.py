"""What holds for every source."""

import string
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import registry
from mien.errors import SourceError
from mien.pipeline import open_source
from mien.sources.base import Source
from mien.sources.camera import Camera
from mien.types import Image

NAMES = registry.names("sources")
PLUGINS: dict[str, type[Source]] = {name: registry.find("sources", name) for name in NAMES}
WORDS = st.text(string.ascii_letters + string.digits + " .:/\\*?[]~#@-_é写", max_size=20)
TARGETS = st.one_of(
    st.integers(-2, 99),
    st.text(max_size=30),
    WORDS,
    st.builds("{}{}".format, WORDS, st.sampled_from([".jpg", ".PNG", ".mp4", ".m3u8", ".txt", "/"])),
    st.builds(
        "{}{}".format, st.sampled_from(["camera:", "rtsp://", "http://", "C:\\", "C://", "x://"]), WORDS
    ),
)


class SteadyCapture:
    """A camera that never fails."""

    def __init__(self, index: int) -> None:
        pass

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, Image]:
        return True, np.zeros((48, 64, 3), np.uint8)

    def set(self, prop: int, value: float) -> bool:
        return True

    def get(self, prop: int) -> float:
        return 30.0

    def release(self) -> None:
        pass


@pytest.fixture(params=["pictures", "folder", "video", "camera"])
def source(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    portrait_file: Path,
    make_video: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Source:
    monkeypatch.setattr(Camera, "capture", SteadyCapture)
    targets: dict[str, Callable[[], str | int]] = {
        "pictures": lambda: str(portrait_file),
        "folder": lambda: str(portrait_file.parent),
        "video": lambda: str(make_video(frames=5)),
        "camera": lambda: 0,
    }
    return open_source(targets[request.param]())


def test_frames_keep_to_the_contract(source: Source) -> None:
    with source:
        frames = [frame for frame, _ in zip(source, range(5), strict=False)]
    assert frames
    for frame in frames:
        assert frame.image.dtype == np.uint8
        assert frame.image.ndim == 3
        assert frame.image.shape[2] == 3
        assert frame.image.flags.c_contiguous
        assert frame.source
    assert [frame.index for frame in frames] == list(range(len(frames)))
    times = [frame.time for frame in frames]
    assert times == sorted(times)
    assert times[0] == 0 or source.kind == "live"  # whose first frame a newer one may have replaced


def test_info_states_name_and_kind(source: Source) -> None:
    with source:
        assert source.info.name
        assert source.info.kind == source.kind
        assert (source.info.path is None) or source.info.path.exists()


def test_it_closes_twice_and_gives_nothing_afterwards(source: Source) -> None:
    with source:
        pass
    source.close()
    assert list(source) == []


@given(TARGETS)
def test_every_target_belongs_to_exactly_one_source(target: str | int) -> None:
    assert len([name for name, plugin in PLUGINS.items() if plugin.accepts(target)]) == 1


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (0, "camera"),
        ("3", "camera"),
        ("camera:Desk", "camera"),
        ("camera:a://b.jpg", "camera"),
        ("rtsp://host/a.jpg", "network"),
        ("http://host/*.mp4", "network"),
        ("C://photo.jpg", "images"),
        ("photo.jpg", "images"),
        ("Photo.JPEG", "images"),
        ("photos/*", "images"),
        ("clips/**/*.mp4", "images"),
        (str(Path(__file__).parent), "images"),
        (__file__, "video"),
        ("clip.mp4", "video"),
        ("nothing", "video"),
        ("", "video"),
        ("a" * 5000, "video"),
        ("a\0b", "video"),
    ],
)
def test_targets_go_where_they_belong(target: str | int, name: str) -> None:
    assert [key for key, plugin in PLUGINS.items() if plugin.accepts(target)] == [name]


@given(WORDS.map(lambda word: f"/nowhere/{word}"))
def test_a_target_that_is_not_there_is_a_source_error(target: str) -> None:
    with pytest.raises(SourceError) as caught, open_source(target):
        pass
    assert str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_the_target_is_the_only_required_argument(name: str) -> None:
    assert [option.name for option in registry.schema("sources", name) if option.required] == ["target"]
