"""Things on a bench: what stands by another is on it, too, and nothing reaches beyond its edge."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.placement import Placement, place
from simengine.engine.scenes import InitialScenes
from simengine.engine.variants import Variants
from simengine.errors import BudgetError
from simengine.language import parse_text
from simengine.language.sample import Sampler

HEIGHT = 0.8
BENCH = (1.40, 0.75)  # across, as it heads along +y, and along
CUBE = 0.06  # an item without an asset


def placed(body: str, count: int = 1) -> Placement:
    lines = "".join(f"    {line}\n" for line in f"world station(bench_height = {HEIGHT} m)\n{body}".split("\n"))
    program = parse_text(f"use warehouse\n\nscenario t:\n{lines}", libraries=libraries())[0]
    draws = Sampler(program, 0).draw(range(count), InitialScenes(program, libraries(), 0))
    found = place(Variants.of(draws, libraries()))
    assert not found.refusals
    return found


@pytest.mark.parametrize(
    ("where", "x", "y"),
    [
        ("ahead of a by 10 cm", 0.0, 0.16), ("behind a by 10 cm", 0.0, -0.16),  # the bench heads along +y
        ("left of a by 10 cm", -0.16, 0.0), ("right of a by 10 cm", 0.16, 0.0),
    ],
)  # fmt: skip
def test_beside_another_is_on_the_same_bench(where: str, x: float, y: float) -> None:
    """Cubes of 6 cm, 10 cm apart: a station has no lanes, ahead is straight ahead."""
    found = placed(f"item a at bench\nitem b {where}")
    assert (found.x_m[0, 1], found.y_m[0, 1]) == pytest.approx((x, y), abs=1e-9)
    assert found.z_m[0].tolist() == [HEIGHT, HEIGHT]


def test_between_two_on_the_bench_and_at_one_is_on_it() -> None:
    """It stood on the floor, inside of the bench."""
    found = placed(
        "item a at bench\nitem b between a and c\nitem c right of a by 40 cm\nitem d at a:\n    lateral = 20 cm"
    )
    assert found.z_m[0].tolist() == [HEIGHT] * 4
    assert found.x_m[0] == pytest.approx([0.0, 0.23, 0.46, -0.2])


@pytest.mark.parametrize(
    "body",
    [
        "item a at bench\nitem b right of a by 70 cm",  # its middle at 76 cm
        "item a at bench\nitem b right of a by 62 cm",  # its middle at 68 cm, its edge at 71 cm of 70
        "tote a at bench\ntote b ahead of a by 5 cm",
        "item a at bench\nitem b[6] right of a by 10 cm",  # the fifth's middle is at 80 cm
        "tote a at bench:\n    lateral = 0.6 m",
        "tote a at bench:\n    lateral = 0.45 m\n    yaw = 40 deg",  # 70 cm would be over the edge with a corner
        "item a at bench\nitem b right of a by 61 cm:\n    yaw = 45 deg",
    ],
)
def test_what_would_float_beyond_the_edge_is_refused(body: str) -> None:
    """Sampling cannot draw another where nothing is drawn: it says which one and why."""
    with pytest.raises(BudgetError, match="reaches beyond the edge of what it stands on"):
        placed(body)


def test_up_to_the_edge_is_allowed() -> None:
    """67 cm and half of a cube are the 70 cm of half the bench."""
    found = placed("item a at bench\nitem b right of a by 61 cm")
    assert found.x_m[0, 1] + 0.5 * CUBE == pytest.approx(0.5 * BENCH[0])


def test_places_over_the_edge_are_drawn_again() -> None:
    """Every corner of every box of 40 draws is over the bench; without the rule many would not be."""
    found = placed(
        "tote a on bench:\n    yaw ~ -30..30 deg\ntote b left of a by ~ 1..40 cm\nitem c behind b by ~ 1..20 cm", 40
    )
    c, s = np.cos(found.yaw_rad), np.sin(found.yaw_rad)
    for along in (-0.5, 0.5):
        for across in (-0.5, 0.5):
            dx, dy = along * found.size_m[..., 0], across * found.size_m[..., 1]
            assert np.abs(found.x_m + c * dx - s * dy).max() <= 0.5 * BENCH[0] + 1e-6
            assert np.abs(found.y_m + s * dx + c * dy).max() <= 0.5 * BENCH[1] + 1e-6
    assert (found.z_m == HEIGHT).all()


def test_in_a_tote_it_is_the_floor_of_the_tote_that_ends() -> None:
    """35.6 cm wide and 55.6 cm long inside, along y; the first one lies anywhere in it, the other beside it along x."""
    within = "tote t at bench\nitem a in t\nitem b left of a by ~ 1..30 cm"
    found = placed(within, 20)
    assert np.abs(found.x_m[:, 2]).max() <= 0.5 * 0.356 - 0.5 * CUBE + 1e-6
    assert np.abs(found.y_m[:, 2]).max() <= 0.5 * 0.556 - 0.5 * CUBE + 1e-6
