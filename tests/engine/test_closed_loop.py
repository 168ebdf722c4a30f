"""Vehicles that are driven from outside: the built-in follower rewritten outside is the same to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.outside import Observation, columns
from simengine.engine.variation import Variation
from simengine.errors import PhysicsError, UsageError
from simengine.language import parse_text

TEXT = """use driving

scenario follow:
    world highway(lanes = 2, length = 500 m)
    car ego on lane(1) at s(20 m):
        speed ~ 10..14 m/s{controller}
    car lead on lane(1) ahead of ego by 25 m:
        speed ~ 8..12 m/s
    pedestrian far along curb(right) at s(400 m)
    do:
        wait 1 s
        lead.change_speed(to = 4 m/s, rate = 2 m/s2)
        wait 1 s
    stop after 4 s
    expect always not collision(ego, lead)
"""
WISH, HEADWAY = 30.0, 1.2


def program(controller: str = ""):
    return parse_text(TEXT.replace("{controller}", controller), libraries=libraries())[0]


def own_idm(seen: Observation) -> np.ndarray:
    """Eqs. 2 and 3 of Treiber, Hennecke and Helbing (2000), written again for a straight lane along +x, with the
    parameters of ``acc``: 1.5 and 2 m/s2, 2 m, and never more than 3.5 m/s2 of braking."""
    ego, lead = seen.slot("ego"), seen.slot("lead")
    v, closing = seen.speed_mps[:, ego], seen.speed_mps[:, ego] - seen.speed_mps[:, lead]
    half = 0.5 * seen.size_m[..., 0]
    gap = seen.x_m[:, lead] - seen.x_m[:, ego] - half[:, lead] - half[:, ego]
    ratio = v / WISH
    square = ratio * ratio
    free = np.maximum(1.0 - square * square, -2.0 / 1.5)
    wish = 2.0 + np.maximum(v * HEADWAY + v * closing / (2.0 * np.sqrt(1.5 * 2.0)), 0.0)
    tight = wish / np.maximum(gap, 0.1)
    return np.maximum(np.minimum(1.5 * (free - tight * tight), 1.5 * free), -3.5)


def test_the_follower_rewritten_outside_drives_as_the_built_in_one_bit_for_bit() -> None:
    """Far below the wanted speed the model alone decides, so both run through the same numbers, up to the stop: behind
    it (as far as scans need states) what was asked for last holds."""
    inside = Variation(
        program(f"\n        controller = acc(headway = {HEADWAY} s, set_speed = {WISH} m/s)"), 3, "random"
    )
    outside = Variation(program(), 3, "random", {"ego": own_idm})
    for one, other in zip(inside.simulate(range(3)), outside.simulate(range(3)), strict=True):
        upto = one.trace.stop_tick + 1
        assert upto == 401 and np.array_equal(one.trace.motion[:upto], other.trace.motion[:upto])
        assert [v.passed for v in one.verdicts] == [v.passed for v in other.verdicts]


def test_step_calls_are_the_same_as_a_controller_that_is_asked_each_tick() -> None:
    """At 100 Hz a control period is a tick."""
    asked = Variation(program(), 3, "random", {"ego": own_idm}).simulate(range(2))
    env = simengine.closed_loop(program(), variants=2, seed=3, rate_hz=100)
    seen = env.reset()
    while seen.running.any():
        seen = env.step({"ego": own_idm(seen)})
    for one, other in zip(asked, env.results(), strict=True):
        assert np.array_equal(one.trace.motion, other.trace.motion) and one.verdicts == other.verdicts


def drive(variants: int, first: int = 0) -> list[np.ndarray]:
    """Brakes and steers as a function of what it sees, 10 times a second."""
    env = simengine.closed_loop(program(), variants=variants, seed=1, first=first)
    seen = env.reset()
    while seen.running.any():
        ego = seen.slot("ego")
        seen = env.step({"ego": (0.5 - 0.1 * seen.speed_mps[:, ego], 0.02 * np.sin(seen.x_m[:, ego]))})
    return [one.trace.motion for one in env.results()]


def test_a_batch_is_as_its_singles_and_comes_out_again() -> None:
    whole = drive(3)
    for k, again in enumerate(drive(3)):
        assert np.array_equal(whole[k], again)
    assert np.array_equal(drive(1, first=2)[0], whole[2])


def test_a_variant_that_fails_is_left_out_and_the_others_are_as_without_it() -> None:
    """Of three variants those drawn into the wall of the tunnel fail, each with who, when and where; rows stay in their
    places, and the others come out as alone, to the last bit."""
    tunnel = """use driving

scenario walls:
    world tunnel(lanes = 2)
    param y: length ~ {-3.5 m, -20 m}
    car ego on lane(1) at s(200 m):
        speed = 10 m/s
    car other on lane(2) at s(200 m):
        speed = 10 m/s
    do:
        other.follow_path(path = [(220 m, 0 m), (240 m, y)])
    stop after 5 s
"""

    def driven(count: int, first: int = 0) -> tuple[simengine.ClosedLoop, Observation]:
        env = simengine.closed_loop(parse_text(tunnel, libraries=libraries())[0], variants=count, seed=1, first=first)
        seen, step = env.reset(), 0
        while seen.running.any():
            rows = np.arange(first, first + count)
            seen, step = env.step({"ego": 0.1 * rows - 0.02 * step}), step + 1
        return env, seen

    with pytest.warns(UserWarning, match="variants are left out: variant 1 of 'walls', tick"):
        env, seen = driven(3)
    lost = [one.index for one in env.failed]
    assert lost == [1, 2] and seen.x_m.shape[0] == 3 and not seen.running.any()
    assert all("leads 'other' into the tunnel wall at (" in one.reason for one in env.failed)
    (sound,) = env.results()
    (alone,) = driven(1)[0].results()
    assert sound.index == 0 and np.array_equal(sound.trace.motion, alone.trace.motion)
    with pytest.raises(PhysicsError, match="variant 2 of 'walls', tick"):
        driven(1, first=2)


def test_of_a_variant_that_has_stopped_nothing_is_asked() -> None:
    """Its policy may say what it likes; an infinite wish of one that runs is refused by its row."""
    env = simengine.closed_loop(program(), variants=2, seed=1)
    env.reset()
    with pytest.raises(UsageError, match=r"infinite accelerations \(row 1\)"):
        env.step({"ego": [0.0, np.inf]})
    assert env.step({"ego": [0.0, -1.0]}).running.all()
    assert np.array_equal(columns("ego", [np.inf, 1.0], np.array([False, True]))[0], [np.nan, 1.0], equal_nan=True)


def test_what_is_asked_for_is_what_the_vehicle_does() -> None:
    """2 m/s2 for 3 s from v: v + 6 m/s but for the time that the acceleration takes to rise; and nan leaves it to the
    vehicle, which keeps its speed."""
    env = simengine.closed_loop(program(), variants=1, seed=1, rate_hz=1)
    seen = env.reset()
    ego, start = seen.slot("ego"), seen.speed_mps[0, seen.slot("ego")]
    for _ in range(3):
        seen = env.step({"ego": 2.0})
    assert seen.time_s == 3.0 and 0.0 < start + 6.0 - seen.speed_mps[0, ego] < 1.0
    still = Variation(program(), 1, "random", {"ego": lambda _: np.nan}).simulate([0])[0]
    assert np.array_equal(still.trace.motion, Variation(program(), 1, "random").simulate([0])[0].trace.motion)


@pytest.mark.parametrize(
    ("drives", "action", "said"),
    [
        ("egg", 0.0, "did you mean 'ego'"),
        ("far", 0.0, "category 'person'"),
        ("ego", np.zeros(5), r"shape \(1,\)"),
        ("ego", np.inf, "infinite accelerations"),
        ("ego", (0.0, 0.0, 0.0), "returned 3 things"),
    ],
)
def test_mistakes_are_told(drives: str, action: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        env = simengine.closed_loop(program(), drives)
        env.reset()
        env.step({drives: action})  # pyright: ignore[reportArgumentType]


def test_calls_in_the_wrong_order_are_told() -> None:
    env = simengine.closed_loop(program())
    with pytest.raises(UsageError, match="call reset"):
        env.step({"ego": 0.0})
    env.reset()
    with pytest.raises(UsageError, match="still run"):
        env.results()
    with pytest.raises(UsageError, match="must divide the 100 ticks"):
        simengine.closed_loop(program(), rate_hz=30).reset()
