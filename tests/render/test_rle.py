"""The run-length code against the one who defined it: pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simengine.errors import DatasetError
from simengine.render.rle import Runs, compressed, decoded

mask_code = pytest.importorskip("pycocotools.mask", reason="pycocotools is not installed (extra 'test')")

IMAGES = hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.integers(-1, 3))


@settings(deadline=None)
@given(IMAGES)
def test_masks_of_any_image_are_those_of_pycocotools(image):
    """Same text, area and box for every id of random images: the code is a format, so there is one right answer."""
    runs = Runs.of_image(image)
    assert runs.ids() == sorted(set(image[image >= 0].tolist()))
    for number in runs.ids():
        mask = runs.of(number)
        theirs = mask_code.encode(np.asfortranarray(image == number, np.uint8))
        assert compressed(mask.counts()) == theirs["counts"].decode()
        assert mask.area == mask_code.area(theirs) == (image == number).sum()
        assert mask.box() == mask_code.toBbox(theirs).tolist()


@settings(deadline=None)
@given(IMAGES)
def test_union_is_the_mask_of_both(image):
    """Masks that touch, also over the end of a column, must become one run, or the code would have zero lengths."""
    runs = Runs.of_image(image)
    if not runs.ids():
        return
    union = Runs.union([runs.of(i) for i in reversed(runs.ids())])
    theirs = mask_code.encode(np.asfortranarray(image >= 0, np.uint8))
    assert compressed(union.counts()) == theirs["counts"].decode()


def test_large_and_falling_counts():
    """Counts of 10^6 take four groups of five bits, and a smaller count than two before is negative (sign bit)."""
    for counts in ([1_000_000], [0, 1, 999_999], [3, 500_000, 2, 10, 499_988], [5, 5, 5, 4, 900]):
        size = [sum(counts), 1]
        decoded = mask_code.decode({"size": size, "counts": compressed(counts).encode()})
        expected = np.concatenate([np.full(n, k % 2, np.uint8) for k, n in enumerate(counts)])
        assert (decoded[:, 0] == expected).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_masks_of_windows_come_back(seed: int) -> None:
    """A window's runs are those of the whole image, also of columns that are full; what is decoded is the mask."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 9, 2).tolist()
    y0, x0 = int(rng.integers(0, height)), int(rng.integers(0, width))
    mask = rng.random((int(rng.integers(1, height - y0 + 1)), int(rng.integers(1, width - x0 + 1)))) < rng.random()
    mask[0, 0] = True
    whole = np.zeros((height, width), np.bool_)
    whole[y0 : y0 + mask.shape[0], x0 : x0 + mask.shape[1]] = mask
    code = compressed(Runs.of_window(mask, x0, y0, (height, width)).counts())
    assert code == compressed(Runs.of_image(whole.astype(int) - 1).of(0).counts())
    assert np.array_equal(decoded(code, (height, width)), whole)
    theirs = mask_code.decode({"size": [height, width], "counts": code.encode()})
    assert np.array_equal(theirs.astype(bool), whole)


@pytest.mark.parametrize("code", ["\x00", "P", "oooooooooooo", "9999", "1N"])
def test_what_is_no_code_of_the_mask_is_refused(code: str) -> None:
    """No such character, an open end, runs without end, more pixels than there are, a negative run."""
    with pytest.raises(DatasetError, match="run"):
        decoded(code, (3, 4))
