"""Random numbers of the kernels against their NumPy twin and SciPy."""

from __future__ import annotations

import numpy as np
import warp as wp
from scipy.special import ndtri

from simengine.rng import philox4x32
from simengine_renderers.raytrace import noise


def words_of(counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Of Warp's function and of the vector code; they must agree."""
    out, vector = (wp.zeros(counters.shape, dtype=wp.uint32, device="cpu") for _ in range(2))
    given = wp.array(counters, dtype=wp.uint32, device="cpu")
    wp.launch(noise.philox_words, dim=len(counters), inputs=[*key, given, out, vector], device="cpu")
    np.testing.assert_array_equal(out.numpy(), vector.numpy())
    return out.numpy()


def test_philox_equals_its_numpy_twin() -> None:
    """simengine.rng.philox4x32 is the specification; every word of 4000 random counters must agree."""
    rng = np.random.default_rng(1)
    for _ in range(4):
        key = tuple(int(k) for k in rng.integers(0, 2**32, 2))
        counters = rng.integers(0, 2**32, (1000, 4), dtype=np.uint32)
        np.testing.assert_array_equal(words_of(counters, key), philox4x32(counters, key))


def test_philox_known_answers() -> None:
    """The published known-answer vectors of Philox 4x32-10 (Random123, kat_vectors): zeros and all ones."""
    zero = words_of(np.zeros((1, 4), np.uint32), (0, 0))[0]
    ones = words_of(np.full((1, 4), 0xFFFFFFFF, np.uint32), (0xFFFFFFFF, 0xFFFFFFFF))[0]
    assert [hex(w) for w in zero] == ["0x6627e8d5", "0xe169c58d", "0xbc57ac4c", "0x9b00dbd8"]
    assert [hex(w) for w in ones] == ["0x408f276d", "0x41c83b0e", "0xa20bc7c6", "0x6d5451fd"]


def test_normal_numbers_are_the_inverse_distribution() -> None:
    """A word w stands for p = (top 23 bits + 1/2) / 2^23; SciPy's ndtri(p) is exact. Float32 costs some digits."""
    words = np.concatenate([np.linspace(0, 2**32 - 1, 200_001).astype(np.uint32), np.array([0, 2**32 - 1], np.uint32)])
    out = wp.zeros(len(words), dtype=float, device="cpu")
    given = wp.array(words, dtype=wp.uint32, device="cpu")
    wp.launch(noise.normal_numbers, dim=len(words), inputs=[given, out], device="cpu")
    p = ((words >> np.uint32(9)).astype(np.float64) + 0.5) / 2**23
    np.testing.assert_allclose(out.numpy(), ndtri(p), rtol=0, atol=6e-4)
