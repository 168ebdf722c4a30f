"""String stability of the intelligent driver model: what a platoon makes of a leader who speeds up and slows down."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.physics.following import idm_equilibrium_gap_m, idm_mps2

WISH_MPS = 30.0


def acceleration(gap: float, v: float, ahead: float, headway: float) -> float:
    one = (np.array([x]) for x in (v, WISH_MPS, headway, gap, v - ahead))
    return float(idm_mps2(*one)[0])


def slopes(v: float, headway: float) -> tuple[float, float, float]:
    """Derivatives of the model by gap, own speed and speed ahead, at equilibrium (central differences)."""
    gap, h = idm_equilibrium_gap_m(v, WISH_MPS, headway), 1e-5
    at = np.array([gap, v, v])
    return tuple(
        (acceleration(*(at + h * e), headway) - acceleration(*(at - h * e), headway)) / (2.0 * h) for e in np.eye(3)
    )  # type: ignore[return-value]


def gain(v: float, headway: float, omega: float) -> float:
    """|G| from one vehicle to the next: linearised, (a_s + i w a_l) / (a_s - i w a_v - w^2)."""
    a_s, a_v, a_l = slopes(v, headway)
    return abs((a_s + 1j * omega * a_l) / (a_s - 1j * omega * a_v - omega**2))


def measured(v: float, headway: float, omega: float, vehicles: int = 6) -> float:
    """Mean gain along a platoon whose leader swings by 0.01 m/s, from the Fourier component of the last two periods."""
    dt, period = 0.02, 2.0 * np.pi / omega
    steps, last = round(10.0 * period / dt), round(2.0 * period / dt)
    x = -np.arange(vehicles + 1) * idm_equilibrium_gap_m(v, WISH_MPS, headway)
    speed, wish, time_gap = np.full(vehicles + 1, v), np.full(vehicles, WISH_MPS), np.full(vehicles, headway)
    swing = np.zeros(vehicles + 1, np.complex128)
    for k in range(steps):
        follow = idm_mps2(speed[1:], wish, time_gap, x[:-1] - x[1:], speed[1:] - speed[:-1])
        lead = 0.01 * omega * np.cos(omega * (k + 0.5) * dt)
        faster = speed + dt * np.concatenate([[lead], follow])
        x = x + 0.5 * dt * (speed + faster)
        speed = faster
        if k >= steps - last:
            swing += (speed - v) * np.exp(-1j * omega * (k + 1) * dt)
    size = np.abs(swing)
    return float((size[-1] / size[0]) ** (1.0 / vehicles))


@pytest.mark.parametrize(("v", "headway", "stable"), [(15.0, 2.5, True), (15.0, 0.8, False)])
def test_platoons_are_string_stable_where_theory_says_so(v: float, headway: float, stable: bool) -> None:
    """For slow waves |G|^2 <= 1 exactly where a_v^2 - a_l^2 >= 2 a_s (M. Treiber and A. Kesting, "Traffic Flow
    Dynamics", 2013, ch. 15.4): the criterion, the linear gain and a simulated platoon of the nonlinear model agree."""
    a_s, a_v, a_l = slopes(v, headway)
    assert (a_v**2 - a_l**2 >= 2.0 * a_s) == stable
    omega = 0.1
    predicted = gain(v, headway, omega)
    assert (predicted < 1.0) == stable
    assert measured(v, headway, omega) == pytest.approx(predicted, abs=3e-4)
