"""Light of a tunnel: rows of luminaires, brighter behind the entrance, and what the walls throw back.

Deep inside it is what ``light.level`` says. Behind an entrance it is a share of the daylight outside over half of the
stopping distance, then less: to 0.4 of that at the whole stopping distance, and from there on by (1.9 + t)^-1.4 with
the time t of driving, until it meets the level deep inside. So recommends CIE 88:2004. By night a quarter of that
level is all over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine.world.enclosure import Enclosure
from simengine.world.scene import Light
from simengine.world.weather import Environment
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import box
from simengine_scenes.tunnel import materials as m
from simengine_scenes.tunnel.plan import NICHE_M, TUNNEL_PROPERTIES, TunnelPlan

__all__ = ["add_light", "daylight_lux", "level_lux"]

_STEP_M, _DENSE_M = 10.0, 5.0
"""From lamp to lamp; behind entrances they are closer."""
_CONE_RAD = math.radians(80.0)
_IN_CONE = 0.773
"""What the soft edge of the cone leaves of a row's light: the integral of cos(t) times it, t from 0 to 80 degrees."""
_TINT = (1.0, 0.96, 0.88)
_BOUNCED = 0.35
"""What walls and ceiling throw back, against what the lamps send to the road: with walls of albedo 0.6 to 3 m and dark
surfaces else, a third."""
_GLASS_M2 = 0.3
_BY_NIGHT = 0.25
"""Share of the light deep inside that is left when it is dark outside, so that nobody drives out into black."""


def daylight_lux(environment: Environment) -> float:
    """Illuminance on level ground: 100 klx sin(elevation)^1.15 of a clear day (10 klx at 8 degrees, 60 at 40), a third
    of it under a closed layer of clouds, and less in rain."""
    up = max(math.sin(environment.sun_elevation_rad), 0.0)
    cloud = max(environment.cloud, 1.0 if environment.precipitation_mmph() > 0.0 else 0.0)
    return 1e5 * up**1.15 * (1.0 - 0.65 * cloud) / (1.0 + environment.rain_mmph / 25.0)


def level_lux(plan: TunnelPlan, s_m: F64Array, inside_lux: float, entrance_lux: float) -> F64Array:
    """Illuminance of the road at stations inside."""
    speed = plan.road.speed_limit_mps
    stop_m = speed * 1.0 + speed * speed / (2.0 * 4.5)  # a second, then on a wet road

    def behind(d: F64Array) -> F64Array:
        late = (1.9 + np.maximum(d - stop_m, 0.0) / speed) ** -1.4
        return entrance_lux * np.where(d < stop_m, np.interp(d, (0.5 * stop_m, stop_m), (1.0, 0.4)), late)

    out = np.maximum(inside_lux, behind(s_m - plan.portal_m[0]))
    return np.maximum(out, behind(plan.portal_m[1] - s_m)) if plan.two_way else out


def add_light(builder: SceneBuilder, plan: TunnelPlan, values: Mapping[str, Any]) -> None:
    """Hang two rows of luminaires, one light for each pair, and keep out the sky."""
    v = {p.name: values.get(p.name, p.default) for p in TUNNEL_PROPERTIES}
    lit = bool(v["lighting"])
    outside = daylight_lux(builder.environment)
    inside = float(v["light.level"]) * float(np.interp(outside, (0.0, 1000.0), (_BY_NIGHT, 1.0))) if lit else 0.0
    entrance = float(v["light.entrance"]) * outside if lit else 0.0
    _lamps(builder, plan, inside, entrance)
    _enclose(builder, plan, inside, entrance)


def _lamps(builder: SceneBuilder, plan: TunnelPlan, inside: float, entrance: float) -> None:
    y = 0.45 * plan.half_m
    z, high = plan.ceiling_m(y) - 0.18, plan.ceiling_m(0.0) - 0.5
    bright, steps = _places(plan)
    lux = level_lux(plan, bright, inside, entrance)
    rows: list[tuple[Piece, F64Array | None]] = []
    for s, step, level in zip(bright.tolist(), steps.tolist(), lux.tolist(), strict=True):
        # a row of lamps a step apart gives 2 I / (step height), the integral of I h / (h^2 + x^2)^1.5, less the cone
        candela = (1.0 - _BOUNCED) * level / 1e5 * step * high / (2.0 * _IN_CONE)
        piece = _luminaire(float(f"{0.5 * math.pi * candela / _GLASS_M2:.2g}"))
        rows += [(piece, plan.lay.pose(s, side * y, z)) for side in (-1.0, 1.0)]
        if candela > 0.0:
            x, yy, zz = plan.lay.points(s, 0.0, high).tolist()
            r, g, b = (candela * c for c in _TINT)
            builder.add_light(Light((x, yy, zz), (0.0, 0.0, -1.0), (r, g, b), _CONE_RAD))
    stand(builder, "luminaires", "lamp", "street_lamp", rows)


def _places(plan: TunnelPlan) -> tuple[F64Array, F64Array]:
    """Stations of the lamps, and how much of the bore each lights."""
    low, high = plan.portal_m
    ends = [low + 0.5 * _DENSE_M]
    while ends[-1] < high - _DENSE_M:
        near = ends[-1] - low < 80.0 or (plan.two_way and high - ends[-1] < 80.0)
        ends.append(ends[-1] + (_DENSE_M if near else _STEP_M))
    s = np.array(ends)
    edges = np.concatenate([[low], 0.5 * (s[1:] + s[:-1]), [high]])
    return s, np.diff(edges)


def _luminaire(emission: float) -> Piece:
    """A housing below the ceiling whose glass shines downwards."""
    r, g, b = (emission * c for c in _TINT)
    glass = replace(m.LUMINAIRE, name=f"tunnel_lamp_{emission:g}", emission=(r, g, b))
    d = Draft().add(box((0.0, 0.0, 0.05), (1.3, 0.34, 0.10)), m.LUMINAIRE)
    d.add(box((0.0, 0.0, -0.005), (1.2, 0.25, 0.012)), glass)
    for x in (-0.5, 0.5):
        d.add(box((x, 0.0, 0.16), (0.03, 0.06, 0.14)), m.LUMINAIRE)
    return finish(f"tunnel.luminaire.{emission:g}", d)


def _enclose(builder: SceneBuilder, plan: TunnelPlan, inside: float, entrance: float) -> None:
    low, high = plan.portal_m
    near = np.array([0.0, 10.0, 20.0, 30.0, 45.0, 60.0, 80.0, 105.0, 135.0, 170.0])
    step = 60.0 if plan.road.line.straight else 20.0
    s = np.concatenate([low + near, np.arange(low + 200.0, high, step), [high]])
    s = np.concatenate([s, high - near]) if plan.two_way else s
    s = np.unique(np.concatenate([s[(s > low + 5.0) & (s < high - 5.0)], [low, high]]))
    light = _BOUNCED * level_lux(plan, s, inside, entrance)[:, None] / 1e5 * np.array(_TINT)
    half, tall = plan.half_m + NICHE_M[1] + 0.2, plan.crown_m + 0.3
    builder.enclose(Enclosure(plan.lay.points(s, 0.0, 0.0), half, tall, plan.opening_m2, light))
