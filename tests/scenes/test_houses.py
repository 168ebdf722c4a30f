"""Fronts of town houses: what hangs in their windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simengine.rng import stream
from simengine_scenes.town.house import HouseStyle, draw_style, house_pieces


def _curtains(style: HouseStyle) -> set[tuple[float, float]]:
    """x and z of the middles of all faces of cloth in a front, in millimetres."""
    piece = next(p for p in house_pieces(style) if p.part == "window")
    cloth = [k for k, m in enumerate(piece.materials) if m.name.startswith("window_curtain")]
    faces = piece.mesh.faces[np.isin(piece.mesh.face_material, cloth)]
    middle = piece.mesh.vertices_m[faces].astype(np.float64).mean(1).reshape(-1, 3)
    return {(round(1000.0 * x), round(1000.0 * z)) for x, _, z in middle}


def _windows(style: HouseStyle) -> list[tuple[float, float]]:
    """Middles of the windows of a front above the ground floor, x and z in metres, by the measures of storeys: 3.05 m
    over a ground floor of 3.7 m, sills 0.85 m above the floor."""
    return [
        ((k + 0.5) * style.bay_m - 0.5 * style.width_m, 3.7 + 3.05 * floor + 0.85 + 0.5 * style.window_m[1])
        for floor in range(style.floors)
        for k in range(style.bays)
    ]


def test_two_windows_in_three_have_curtains_a_blind_or_a_net():
    """Eight of twelve outcomes, over some 500 windows: 0.667 within five standard errors (0.105)."""
    draw = stream(3, "houses")
    seen: list[bool] = []
    for _ in range(40):
        style = draw_style(draw)
        w, h = (0.5 * v for v in style.window_m)
        cloth = [(0.001 * x, 0.001 * z) for x, z in _curtains(style)]
        for x, z in _windows(style):
            seen.append(any(abs(a - x) < w and abs(b - z) < h for a, b in cloth))
    assert len(seen) > 300 and abs(np.mean(seen) - 2.0 / 3.0) < 0.105


def test_dusk_changes_no_curtain():
    """When lamps are lit, dark windows keep what hangs in them; cloth before a lit room shines instead."""
    draw = stream(4, "houses")
    styles = [draw_style(draw) for _ in range(8)]
    pairs = [(_curtains(style), _curtains(replace(style, lit=True))) for style in styles]
    assert all(night <= day for day, night in pairs)
    assert sum(len(night) for _, night in pairs) < 0.9 * sum(len(day) for day, _ in pairs)


def test_lit_rooms_are_not_one_even_white():
    """Of rooms with the light on one sees a ceiling that is brighter than the walls, something darker below the sill,
    and cloth between both: at least four luminances a front, none above 12 cd/m2 but for lamps that hang in a room
    (1 is 32,000 cd/m2; living rooms have 20 to 50 lx on their walls)."""
    style = replace(draw_style(stream(6, "houses")), lit=True, floors=4, bays=5, bay_m=2.6)
    piece = next(p for p in house_pieces(style) if p.part == "window")
    light = {m.name: 32_000.0 * float(np.dot(m.emission, (0.2126, 0.7152, 0.0722))) for m in piece.materials}
    rooms = {name: v for name, v in light.items() if v > 0.0 and "lamp" not in name}
    assert len({round(v, 2) for v in rooms.values()}) >= 4 and max(rooms.values()) < 12.0
    assert max(v for n, v in rooms.items() if "ceiling" in n) > max(v for n, v in rooms.items() if "low" in n)


def test_houses_say_which_part_is_which():
    """Walls, windows, door and roof are parts; those with a shop have it as well. Windows lie in the front's plane or
    behind it, up to the eaves; the door is at most 2.75 m high; roofs are on top; and no face is lost or doubled."""
    draw = stream(5, "houses")
    for _ in range(12):
        style = draw_style(draw)
        parts = {p.part: p for p in house_pieces(style)}
        assert set(parts) == {"wall", "window", "door", "roof", *(("shop",) if style.shop >= 0 else ())}
        high = {n: float(p.mesh.vertices_m[:, 2].max()) for n, p in parts.items()}
        assert high["door"] < 2.75 and high["window"] < style.eaves_m + 2.6
        assert style.top == "flat" or high["roof"] > style.eaves_m
        low, top = parts["wall"].low_m, parts["wall"].high_m
        every = np.concatenate([p.mesh.vertices_m for p in parts.values()])
        assert np.allclose(every.min(0), low, atol=1e-5) and np.allclose(every.max(0), top, atol=1e-5)
