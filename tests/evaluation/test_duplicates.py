import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.made_classifiers import noise, shifted
from mien.evaluation import duplicates
from mien.evaluation.duplicates import Looks, bit_count, count_by_table, near


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_bits_are_counted(words: list[int]) -> None:
    array = np.array(words, np.uint64)
    expected = [word.bit_count() for word in words]
    assert bit_count(array).tolist() == expected
    assert count_by_table(array).tolist() == expected


def test_bits_of_a_block_keep_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    block = np.arange(12, dtype=np.uint64).reshape(3, 4)
    assert bit_count(block[:, None, :] ^ block[None]).shape == (3, 3, 4)


def test_digests_differ_as_the_bytes_do() -> None:
    images = noise(3)
    images[2] = images[0]
    first, second, third = duplicates.digests(images)
    assert first == third != second


def test_the_hash_of_a_mirrored_picture_is_known_without_mirroring_it() -> None:
    images = noise(20)
    turned = Looks(np.ascontiguousarray(images[:, :, ::-1]))
    apart = bit_count(Looks(images).hashes ^ duplicates._MIRROR ^ turned.hashes)
    assert apart.max() <= 1  # a coefficient next to 0 may fall to either side


def changed(images: np.ndarray) -> dict[str, np.ndarray]:
    """Copies as they are found on the web."""
    bigger = np.stack([cv2.resize(image, (52, 52))[2:50, 2:50] for image in images])
    marked = images.copy()
    marked[:, 30:34, 5:25] = images[:, 30:34, 5:25] * 0.8 + 51
    return {
        "shifted, brighter": shifted(images),
        "scaled": bigger,
        "with a faint mark": marked,
        "compressed": np.stack(
            [
                cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 0)
                for image in images
            ]
        ),
        "mirrored": np.ascontiguousarray(images[:, :, ::-1]),
    }


@pytest.mark.parametrize(
    "how", ["shifted, brighter", "scaled", "with a faint mark", "compressed", "mirrored"]
)
def test_changed_copies_are_found_and_nothing_else(how: str) -> None:
    images = noise(60)
    order = np.random.default_rng(1).permutation(60)
    pairs = near(Looks(changed(images)[how][order]), Looks(images))
    assert {(i, j) for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)} <= {
        (place, int(target)) for place, target in enumerate(order)
    }
    assert len(pairs) >= 54
    assert bool(pairs.mirrored.all()) == (how == "mirrored")
    assert (pairs.alike >= duplicates.ALIKE).all()


def test_within_one_set_each_pair_is_found_once() -> None:
    images = noise(30)
    images = np.concatenate([images, shifted(images[:3])])
    pairs = near(Looks(images))
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [(0, 30), (1, 31), (2, 32)]


def test_pictures_that_are_their_own_mirror_image_count_once() -> None:
    half = noise(1)[:, :, :24]
    images = np.concatenate([np.concatenate([half, half[:, :, ::-1]], axis=2)] * 2)
    assert len(near(Looks(images))) == 1


def test_flat_pictures_are_like_nothing() -> None:
    images = np.concatenate([np.full((3, 48, 48), 7, np.uint8), noise(2)])
    assert len(near(Looks(images))) == 0


def test_colour_and_size_do_not_matter() -> None:
    images = noise(4)
    big = np.stack([cv2.cvtColor(cv2.resize(image, (96, 96)), cv2.COLOR_GRAY2BGR) for image in images])
    pairs = near(Looks(big), Looks(images))
    assert (pairs.first == pairs.second).all()
    assert len(pairs) == 4


def test_nothing_has_no_copies() -> None:
    assert len(near(Looks(noise(0)))) == 0
    assert len(near(Looks(noise(2)), Looks(noise(0)))) == 0


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_the_block_search_is_a_search_over_all_pairs(seed: int) -> None:
    random = np.random.default_rng(seed)
    first, second = Looks(noise(5, seed)), Looks(noise(70, seed + 1))
    # Few bits apart now and then, and thumbnails that pass.
    first.hashes = random.integers(0, 2**24, 5, dtype=np.uint64)
    second.hashes = random.integers(0, 2**24, 70, dtype=np.uint64)
    second.thumbs[:] = first.thumbs[0]
    first.thumbs[:] = first.thumbs[0]
    found = {
        pair
        for i, j in duplicates._candidates(first, second, within=False, mirrored=False)
        for pair in zip(i.tolist(), j.tolist(), strict=True)
    }
    assert found == {
        (i, j)
        for i in range(5)
        for j in range(70)
        if int(first.hashes[i] ^ second.hashes[j]).bit_count() <= duplicates.HASH_APART
    }
