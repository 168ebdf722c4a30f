"""Signs of motorways: gantries with words that drivers read, and the way to an exit."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.gallery import world_scene
from simengine_scenes import palette
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.ramp import highway_ramp
from simengine_scenes.roads.section import GUARD_RAIL_M
from simengine_scenes.town.exit_sign import beacon_piece
from simengine_scenes.town.rail import GANTRY_WORDS, gantry_piece


def _white(words: int, boards: int, wide_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Middles (N, 3) of the white faces of the boards, and corners (M, 3) of the blue ones."""
    _, signs = gantry_piece(0.5 * wide_m, -0.5 * wide_m, boards, words=words)
    names = [m.name for m in signs.materials]
    corners = signs.mesh.vertices_m[signs.mesh.faces]
    of = signs.mesh.face_material
    white = corners[of == names.index(palette.SIGN_WHITE.name)].mean(1)
    return white, corners[of == names.index(palette.SIGN_BLUE.name)].reshape(-1, 3)


@pytest.mark.parametrize(("boards", "wide_m"), [(1, 8.0), (2, 11.0), (3, 18.0)])
def test_words_lie_on_their_board(boards: int, wide_m: float) -> None:
    """White faces are 1 to 2 cm before the blue ones (which face -x), none beside or below a board, and letters are
    more than rim, frame and arrow have: 9 boxes of 12 faces and a triangle a board."""
    white, blue = _white(0, boards, wide_m)
    assert (blue[:, 0].min() - white[:, 0]).max() < 0.02 and len(white) > boards * (9 * 12 + 1 + 100)
    assert white[:, 2].min() > blue[:, 2].min() and white[:, 2].max() < blue[:, 2].max()
    edges = np.unique(blue[:, 1].round(3))
    assert len(edges) == 2 * boards
    inside = np.zeros(len(white), np.bool_)
    for low, high in edges.reshape(-1, 2):
        inside |= (white[:, 1] > low) & (white[:, 1] < high)
    assert inside.all()


def test_gantries_lead_to_different_towns() -> None:
    """Each of the ways to letter one has words of its own."""
    looks = {_white(words, 3, 18.0)[0].round(4).tobytes() for words in range(GANTRY_WORDS)}
    assert len(looks) == GANTRY_WORDS


@pytest.mark.parametrize("bars", [1, 2, 3])
def test_beacons_have_a_bar_for_each_hundred_metres(bars: int) -> None:
    """Each bar is a parallelogram of 0.5 m by 0.12 m; the rim is the rest of the white: what is seen of 0.65 m by 1 m
    and of the blue, 0.6 m by 0.95 m, which lies before it."""
    piece = beacon_piece(bars)
    a, b, c = np.moveaxis(piece.mesh.vertices_m[piece.mesh.faces].astype(np.float64), 1, 0)
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    white = [m.name for m in piece.materials].index(palette.SIGN_WHITE.name)
    ahead = area[(piece.mesh.face_material == white) & (a[:, 0] < -0.053)].sum()
    assert ahead == pytest.approx(bars * 0.5 * 0.12, rel=1e-3)


def test_the_last_300_m_to_an_exit_are_counted_down() -> None:
    """100, 200 and 300 m before the taper of a lane that leaves at 600 m after 200 m beside the road; right of the
    asphalt, behind the guard rail; and a board where the ways have parted. Entrances have none of it."""
    values = {"ramp": "exit", "ramp.at": 600.0, "ramp.length": 200.0, "length": 1200.0}
    scene, ramp = world_scene(LIBRARY.worlds["highway"], values, 1), highway_ramp(values)
    assert ramp is not None
    at = {scene.meshes[p.mesh].name: p.frame_from_mesh[:3, 3] for p in scene.parts}
    for bars in (1, 2, 3):
        x, y, _ = at[f"exit.beacon.{bars}"]
        assert x == pytest.approx(600.0 - 200.0 - 60.0 - 100.0 * bars, abs=1e-6)
        assert y + 0.325 < ramp.section.kerb_right_m - GUARD_RAIL_M
    x, y, _ = at["exit.board"]
    assert ramp.inner_m(x) + 0.75 < y < ramp.section.kerb_right_m - 0.75
    other = world_scene(LIBRARY.worlds["highway"], {**values, "ramp": "entrance"}, 1)
    assert not any(m.name.startswith("exit.") for m in other.meshes)
