"""Random streams: known answers, independence of order, batch and company."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simengine.rng import philox4x32, stream, stream_key, uniform_range, uniform_runs, uniforms


def test_philox_known_answers():
    """The three known-answer vectors of the authors' Random123 distribution for philox4x32-10."""
    ones = 0xFFFFFFFF
    cases = [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ones,) * 4, (ones, ones), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ]
    for counter, key, want in cases:
        assert tuple(philox4x32(np.array(counter, np.uint32), key).tolist()) == want


@given(st.integers(0, 2**63), st.lists(st.integers(0, 300_000), min_size=1, max_size=20), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_a_variant_is_the_same_alone_and_in_any_company(seed, variants, attempt):
    """A draw depends on (seed, path, variant, attempt) only."""
    together = uniforms(seed, "ego.speed", np.array(variants), attempt)
    alone = [uniforms(seed, "ego.speed", np.array([v]), attempt)[0] for v in variants]
    assert together.tolist() == alone
    assert ((together >= 0) & (together < 1)).all()


def test_uniform_and_uncorrelated():
    """Kolmogorov-Smirnov against U(0,1), and no correlation between neighbours, paths and attempts (|r| < 4/sqrt n)."""
    n = 200_000
    i = np.arange(n)
    a = uniforms(7, "a", i)
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    for other in (uniforms(7, "b", i), uniforms(8, "a", i), uniforms(7, "a", i, 1), np.roll(a, 1)):
        assert abs(np.corrcoef(a, other)[0, 1]) < 4 / np.sqrt(n)
    assert len(np.unique(a)) > 0.999 * n


def test_paths_do_not_run_together():
    """("a", "bc") and ("ab", "c") are different streams."""
    assert stream_key(0, "a", "bc") != stream_key(0, "ab", "c")
    assert stream(1, "x").random() == stream(1, "x").random() != stream(2, "x").random()


def test_runs_of_many_streams_are_those_of_each_alone():
    """NumPy's own Philox makes ``uniform_range``; runs may begin anywhere, in any block of 65,536, and cross into the
    next."""
    paths = [f"x#{k}" for k in range(7)]
    first = np.array([64, 0, 65_532, 65_536, 131_000, 4, 1_000_000])
    runs = uniform_runs(5, paths, first, 24)
    alone = [uniform_range(5, path, int(a), int(a) + 24) for path, a in zip(paths, first, strict=True)]
    assert np.array_equal(runs, np.stack(alone))
