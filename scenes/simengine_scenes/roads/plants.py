"""What grows along a road outside of towns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine_scenes.roads.land import Land, Spot
from simengine_scenes.shapes.piece import Piece, stand
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["plant"]


def plant(builder: SceneBuilder, land: Land, seed: int) -> None:
    """Bushes along the fence line and trees behind, now dense, now in loose groups; a wood across both ends."""
    span = land.span_m
    for side, edge in land.edges:
        rng = stream(seed, land.name, "plants", f"{side:+.0f}")
        bushes: list[tuple[Piece, Spot]] = []
        trees: list[tuple[Piece, Spot]] = []
        x = span[0]
        while x < span[1] + 100.0:
            dense = 0.5 + 0.5 * math.sin(x / 170.0 + 2.0 * side) > 0.35
            if dense and rng.random() < 0.75:
                spot = x, edge + side * float(rng.uniform(7.0, 11.0)), float(rng.normal(0.0, 0.15))
                bushes.append((bush_piece(among(int(rng.integers(KINDS)), KINDS, builder.split)), spot))
            for _ in range(2 if dense else 1):
                u, y = x + float(rng.uniform(0.0, 16.0)), edge + side * (13.0 + float(rng.gamma(2.0, 9.0)))
                spot = u, y, float(rng.uniform(0.0, 6.28))
                trees.append((tree_piece(among(int(rng.integers(KINDS)), KINDS, builder.split)), spot))
            x += 16.0
        name = "right" if side < 0 else "left"
        for kind, plants in (("bushes", bushes), ("trees", trees)):
            _grow(builder, f"{kind}.{name}", kind, plants, land.poses([spot for _, spot in plants], side))
    _wood(builder, land, seed)


def _grow(
    builder: SceneBuilder, name: str, kind: str, plants: Sequence[tuple[Piece, Spot]],
    poses: Sequence[F64Array | None],
) -> None:  # fmt: skip
    """Put plants where there is room."""
    found: list[tuple[Piece, F64Array | None]] = []
    for (piece, _), pose in zip(plants, poses, strict=True):
        if pose is not None:
            found.append((piece, pose))
    if found:
        stand(builder, name, kind, "vegetation", found)


def _wood(builder: SceneBuilder, land: Land, seed: int) -> None:
    """Trees across both ends of the road."""
    rng, middle = stream(seed, land.name, "wood"), 0.5 * (land.low_m + land.high_m)
    trees: list[tuple[Piece, Spot]] = []
    for start, way in ((land.span_m[0], -1.0), (land.span_m[1], 1.0)):
        for _ in range(45):
            x, y = start + way * float(rng.uniform(25.0, 90.0)), middle + float(rng.uniform(-45.0, 45.0))
            spot = x, y, float(rng.uniform(0.0, 6.28))
            trees.append((tree_piece(among(int(rng.integers(KINDS)), KINDS, builder.split)), spot))
    _grow(builder, "trees.ends", "trees", trees, land.end_poses([spot for _, spot in trees]))
