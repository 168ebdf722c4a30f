"""Named streams of uniform numbers: three ways to make them, one definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.rng import stream_key, uniform_range, uniforms, uniforms_at


@given(st.integers(0, 2**63), st.text(max_size=6), st.integers(0, 2**44), st.integers(0, 2**40))
@settings(max_examples=100, deadline=None)
def test_a_number_is_a_word_of_its_counter(seed: int, path: str, variant: int, attempt: int) -> None:
    """The definition, from NumPy's own Philox: counter (variant % 65536 // 4, variant // 65536, attempt), word % 4."""
    counter = [variant % 65536 // 4, variant // 65536, attempt, 0]
    raw = np.random.Philox(key=stream_key(seed, path), counter=counter).random_raw(4)[variant % 4]
    want = float(int(raw) >> 11) / 2.0**53
    one = np.array([variant])
    assert uniforms(seed, path, one, attempt).tolist() == [want]
    assert uniforms_at(seed, [path, f"{path}.y"], one, np.array([attempt]))[0].tolist() == [want]
    assert uniform_range(seed, path, variant, variant + 1, attempt).tolist() == [want]


@given(st.integers(0, 200_000), st.integers(0, 140_000), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_ranges_and_lists_agree(start: int, size: int, seed: int) -> None:
    """A dense range across counter blocks, the same variants shuffled, and a sparse few: equal where they meet."""
    dense = uniform_range(seed, "x", start, start + size)
    variants = np.random.default_rng(seed).permutation(size) + start
    assert np.array_equal(uniforms(seed, "x", variants), dense[variants - start])
    few = variants[:3]
    assert np.array_equal(uniforms(seed, "x", few), dense[few - start])
    assert dense.size == size and ((dense >= 0) & (dense < 1)).all()


def test_attempts_and_paths_are_apart() -> None:
    """Streams of other names or attempts share no number with this one (6 x 1,000 numbers of 53 bits)."""
    parts = [uniform_range(0, path, 0, 1000, attempt) for path in ("a", "b", "a.b") for attempt in (0, 1)]
    assert np.unique(np.concatenate(parts)).size == 6000
