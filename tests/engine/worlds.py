"""A small library of straight roads, box cars and box people, and helpers to run program texts against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.arrays import frozen
from simengine.engine.scenes import InitialScenes
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.language import parse_text
from simengine.language.program import Program
from simengine.language.sample import Draws, Sampler
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.library import BOOL, INT, EntityKind, Library, Property, WorldKind, quantity
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity, Link, Mesh, Part, VehicleDynamics
from tests.engine.programs import KIDS, SIZES, lanes

GREY = Material("grey", (0.5, 0.5, 0.5))


def box_mesh(name: str, size: tuple[float, float, float]) -> Mesh:
    corners = [[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)]
    faces = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6],
             [0, 6, 4], [1, 5, 7], [1, 7, 3]]  # fmt: skip
    vertices = np.array(corners) * np.array(size)
    return Mesh(name, frozen(vertices, np.float32), frozen(faces, np.int32), frozen(np.zeros(12), np.int32))


def asset(kind: str, table: Mapping[str, tuple[float, float, float]]):
    def build(model: str, values: Mapping[str, Any], variety: int) -> Asset:
        size = table[model]
        person = kind == "pedestrian"
        names = ("body",) if person else ("body", "wheel_fl")
        links = tuple(Link(0, -1 if k == 0 else 0, np.eye(4), name=n) for k, n in enumerate(names))
        entity = Entity(
            kind, kind, model, 22 if person else 15, size,
            occluders=(Box((0.0, 0.0, 0.5 * size[2]), size),),
            eye_m=(0.3 * size[0], 0.0, 0.9 * size[2]),
            dynamics=None if person else VehicleDynamics(0.6 * size[0], 0.3 * size[0], 0.3),
            leg_m=0.5 * size[2] if person else 0.0,
        )  # fmt: skip
        mesh = box_mesh(f"{kind}.{model}.{variety}", size)
        return Asset(entity, (mesh,), (GREY,), links, (Part(0, 0, 0, np.eye(4), entity.semantic),))

    return build


def build_road(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    ground = Entity("ground", "ground", "", 1, (400.0, 40.0, 0.0))
    builder.add_static(ground, [(box_mesh("ground", (400.0, 40.0, 0.01)), (GREY,), None)])
    return lanes(values)


ROAD = WorldKind(
    "road",
    (
        Property("lanes", INT, 2.0, 1.0, 6.0),
        Property("length", quantity("length"), 1000.0, 10.0, 5000.0),
        Property("oncoming", BOOL, False),
    ),
    ("road", "far_curb", "near_curb"), lanes, None, build_road,
)  # fmt: skip
CAR = EntityKind("car", "vehicle", (), tuple(SIZES), asset("car", SIZES), SIZES)
PEDESTRIAN = EntityKind("pedestrian", "person", (), tuple(KIDS), asset("pedestrian", KIDS), KIDS)
LIBRARIES = {"test": Library("test", {"road": ROAD}, {"car": CAR, "pedestrian": PEDESTRIAN})}


def read(body: str, world: str = "road(lanes = 2)") -> Program:
    """A program of the test library; ``body`` is indented by four spaces."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return parse_text(f"use test\n\nscenario t:\n    world {world}\n{lines}\n", libraries=LIBRARIES)[0]


def draw(program: Program, count: int = 1, seed: int = 0) -> Draws:
    return Sampler(program, seed).draw(range(count), InitialScenes(program, LIBRARIES, seed))


def variants_of(program: Program, count: int = 1, seed: int = 0) -> Variants:
    return Variants.of(draw(program, count, seed), LIBRARIES)


def run(body: str, count: int = 1, world: str = "road(lanes = 2)") -> list[Trace]:
    return simulate(variants_of(read(body, world), count))
