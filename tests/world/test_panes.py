"""What panes send back and let through, against sums and known values."""

from __future__ import annotations

import numpy as np

from simengine.world.materials import Material, Pane
from simengine.world.panes import let_through, sent_back

GLASS = Material("glass", (0.0, 0.0, 0.0), 0.03, 0.04, pane=Pane((0.5, 0.8, 1.0), 0.6))


def test_a_window_pane_sends_back_one_thirteenth() -> None:
    """Of an index of 1.5, R = 0.04 at normal incidence: 2 * 0.04 / 1.04."""
    assert np.isclose(sent_back(0.04, np.array([1.0]))[0], 1.0 / 13.0, rtol=1e-12)


def test_light_goes_to_and_fro_between_the_faces() -> None:
    """The closed form is the sum over all ways: R + (1 - R)^2 R (1 + R^2 + R^4 + ...)."""
    cosine = np.linspace(0.05, 1.0, 20)
    both = sent_back(0.04, cosine)
    one = both / (2.0 - both)  # the closed form, solved for R
    ways = one + sum((1.0 - one) ** 2 * one ** (2 * k + 1) for k in range(400))
    np.testing.assert_allclose(ways, both, rtol=1e-9)


def test_at_brewsters_angle_half_of_one_polarisation_is_left() -> None:
    """tan = index: light that swings along the plane passes whole, the other sends back ((n^2 - 1) / (n^2 + 1))^2."""
    n = 1.5
    cosine = np.array([1.0 / np.sqrt(1.0 + n * n)])
    one = 0.5 * ((n * n - 1.0) / (n * n + 1.0)) ** 2
    np.testing.assert_allclose(sent_back(0.04, cosine), 2.0 * one / (1.0 + one), rtol=1e-9)


def test_the_rest_gets_through_times_the_tint() -> None:
    cosine = np.array([1.0, 0.3])
    np.testing.assert_allclose(
        let_through(GLASS, cosine), (1.0 - sent_back(0.04, cosine))[:, None] * [0.5, 0.8, 1.0], rtol=1e-12
    )
    assert not let_through(Material("wall", (0.5, 0.5, 0.5)), cosine).any()
