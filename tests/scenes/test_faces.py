"""Noses and tails of cars: every style has its lamps in sight, and held-out cars have styles of their own."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.world.splits import held_out
from simengine_scenes import palette
from simengine_scenes.shapes.probe import normals
from simengine_scenes.vehicles.car import car_body
from simengine_scenes.vehicles.face import Look, drawn_look, shaped
from simengine_scenes.vehicles.face_styles import GRILLES, INTAKES, LAMPS, TAILS
from simengine_scenes.vehicles.keypoints import vehicle_points
from simengine_scenes.vehicles.shape import BODIES

LEAST_CM2 = {"headlamp_lens": 60.0, "taillamp": 60.0, "brakelamp": 25.0, "clear_lens": 12.0, "indicator_left": 12.0}
"""Of one side, seen along x: dipped beams 60 cm2 (see ``test_vehicles``), the others as makers have them: UN R148 asks
for light, and for no area."""


@pytest.mark.parametrize("style", range(8))
def test_every_style_has_its_lamps(style: int) -> None:
    """Areas of lamps projected along x, of the left side, on a hatchback; nothing of them lies outside of the body, and
    the points of head and tail lamps lie on the side and within the height of what they are named for."""
    look = Look(style, style, style % len(INTAKES), style)
    shape = shaped(BODIES["hatchback"], look)
    body = car_body(shape, palette.PAINTS["white"], look)
    for name, least in LEAST_CM2.items():
        name = palette.INDICATORS[0].name if name == "indicator_left" else name
        faces = body.triangles((name,))
        faces = faces[(faces[:, :, 1] > 0.02).all(1)]
        along = 0.5 * np.abs(normals(faces)[:, 0])
        seen = along.sum() * (0.5 if name == "headlamp_lens" else 1.0)  # a closed ball has a back as well
        assert 1e4 * seen > least, name
        assert np.abs(faces[:, :, 0]).max() < 0.5 * shape.length_m + 0.03 and faces[:, :, 1].max() < shape.half_m + 0.01
    points = vehicle_points(body, None, shape.half_m, None)
    for end, sign in (("front", 1.0), ("rear", -1.0)):
        x, y, z = points[f"{end}_light_left"]
        assert sign * x > 1.5 and 0.45 < y < shape.half_m and 0.4 < z < 1.0


def test_looks_of_held_out_cars_are_their_own() -> None:
    """Of 400 varieties: no grille, lamp, intake or tail of those that are held out is on any of the others, and all
    styles occur."""
    for name, table in (("grille", GRILLES), ("lamps", LAMPS), ("intake", INTAKES), ("tail", TAILS)):
        seen: dict[bool, set[int]] = {True: set(), False: set()}
        for variety in range(400):
            seen[held_out(variety)].add(getattr(drawn_look("suv", variety), name))
        assert not seen[True] & seen[False] and len(seen[True] | seen[False]) == len(table)


@pytest.mark.parametrize("model", sorted(BODIES))
def test_bodies_of_all_looks_are_as_long_and_wide(model: str) -> None:
    """Rake and roundness take away at the corners alone: length and width stay to 5 mm (emblems)."""
    sizes = []
    for rake in (0.75, 1.2):
        look = Look(rake=rake, round=rake)
        low, high = car_body(shaped(BODIES[model], look), palette.PAINTS["white"], look).bounds()
        sizes.append((high - low)[:2])
    assert np.abs(sizes[0] - sizes[1]).max() < 5e-3
