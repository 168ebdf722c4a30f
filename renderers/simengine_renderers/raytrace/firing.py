# pyright: reportUnknownParameterType=false
"""LiDAR shots: where they go, what comes back, and the points that remain (kernels)."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import LIDAR
from simengine_renderers.raytrace.noise import normal, philox, uniform
from simengine_renderers.raytrace.tables import MaterialRow, PartRow

__all__ = ["AIR", "NOTHING", "Budget", "Echoes", "Points", "Turn", "aim_shots", "collect", "receive"]

NOTHING, AIR = 0, 1
_HIT = wp.constant(2)
_AIR = wp.constant(AIR)
_NOTHING = wp.constant(NOTHING)
_SNR_AT_THRESHOLD = wp.constant(12.0)
_MOST_DROPS = wp.constant(4)


@wp.struct
class Turn:
    """Orientation of a part during the scan: world_from_mesh at its start; quaternions (x y z w) where it turns."""

    start: wp.mat33
    turns: int
    q0: wp.quat
    q1: wp.quat


@wp.struct
class Budget:
    """Link budget and weather of one sensor (``scatter.Scatter``). ``weakest`` is the power that is just detected."""

    weakest: float
    extinction_per_m: float
    range_min_m: float
    range_max_m: float
    range_noise_m: float
    beam_rad: float
    water: float
    drops: float
    slope_per_m: float
    fog_power: float
    fog_step_m: float
    drop_range_m: wp.array(dtype=float)
    fog_range_m: wp.array(dtype=float)
    fog_share: wp.array(dtype=float)
    key0: wp.uint32
    key1: wp.uint32
    frame: wp.uint32


@wp.struct
class Echoes:
    """What each shot heard: kind (nothing, air, hit), measured range, intensity."""

    kind: wp.array(dtype=wp.uint8)
    range: wp.array(dtype=float)
    intensity: wp.array(dtype=float)


@wp.struct
class Points:
    """Fields of the points (``simengine.render.protocol.POINT_FIELDS``)."""

    xyz: wp.array(dtype=wp.vec3)
    xyz_deskewed: wp.array(dtype=wp.vec3)
    range: wp.array(dtype=float)
    intensity: wp.array(dtype=float)
    ring: wp.array(dtype=int)
    column: wp.array(dtype=int)
    time_offset_ns: wp.array(dtype=int)
    instance: wp.array(dtype=int)
    semantic: wp.array(dtype=int)


@wp.kernel(module=LIDAR)
def aim_shots(
    first: int, stop: int, run: int, steps: int, directions: wp.array(dtype=wp.vec3), times: wp.array(dtype=float),
    rotations: wp.array(dtype=wp.mat33), positions: wp.array(dtype=wp.vec3), out_directions: wp.array(dtype=wp.vec3),
    out_origins: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """World rays of shots: the sensor's pose at each shot's own time, interpolated in its poses at even steps."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        at = times[i] * float(steps)
        k = wp.min(int(at), steps)
        a = at - float(k)
        d = directions[i]
        out_directions[i] = wp.normalize((rotations[k] * d) * (1.0 - a) + (rotations[k + 1] * d) * a)
        out_origins[i] = positions[k] * (1.0 - a) + positions[k + 1] * a


@wp.func
def incidence(
    d: wp.vec3, time: float, part: int, face: int, b: wp.vec2, row: PartRow, turns: wp.array(dtype=Turn),
    normals: wp.array(dtype=wp.vec3), corners: wp.array(dtype=wp.vec3),
) -> float:  # fmt: skip
    """Absolute cosine between a ray and the surface normal at the ray's time."""
    n = normals[row.faces + face]
    if row.corners >= 0:
        c = row.corners + 3 * face
        n = wp.normalize(corners[c] * (1.0 - b[0] - b[1]) + corners[c + 1] * b[0] + corners[c + 2] * b[1])
    world = turns[part].start * n
    if turns[part].turns == 1:
        world = wp.quat_rotate(wp.quat_slerp(turns[part].q0, turns[part].q1, time), n)
    return wp.abs(wp.dot(world, d))


@wp.kernel(module=LIDAR)
def receive(
    first: int, channels: int, budget: Budget, rays: wp.array(dtype=wp.vec3), rotation: wp.mat33,
    times: wp.array(dtype=float), range_m: wp.array(dtype=float), part: wp.array(dtype=int),
    face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    turns: wp.array(dtype=Turn), materials: wp.array(dtype=MaterialRow), normals: wp.array(dtype=wp.vec3),
    face_material: wp.array(dtype=int), corners: wp.array(dtype=wp.vec3), out: Echoes,
    counts: wp.array(dtype=int),
):  # fmt: skip
    """Echo of every shot of one column; ``counts`` gets the number of points of the column."""
    column = first + wp.tid()
    total = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    for ring in range(channels):
        i = column * channels + ring
        p = part[i]
        kind = _NOTHING
        measured = float(0.0)  # noqa: UP018
        intensity = float(0.0)  # noqa: UP018
        r = budget.range_max_m
        power = float(0.0)  # noqa: UP018
        if p >= 0:
            r = range_m[i]
            row = parts[p]
            material = materials[face_material[row.faces + face[i]]]
            cosine = incidence(rotation * rays[i], times[i], p, face[i], uv[i], row, turns, normals, corners)
            clear = wp.exp(-2.0 * budget.extinction_per_m * r)
            echo = material.nir * cosine * (1.0 + material.retro) * clear
            power = echo / (r * r)
            if power >= budget.weakest and r >= budget.range_min_m and r <= budget.range_max_m:
                kind = _HIT
                measured = r
                intensity = wp.min(100.0 * echo, 255.0)
        weather = budget.drops > 0.0 or budget.fog_power > 0.0
        if weather or (kind == _HIT and budget.range_noise_m > 0.0):
            w = philox(budget.key0, budget.key1, budget.frame, wp.uint32(0), wp.uint32(i), wp.uint32(0))
            if kind == _HIT:
                snr = _SNR_AT_THRESHOLD * power / budget.weakest
                measured = r + budget.range_noise_m / wp.sqrt(snr) * normal(w.a)
            if weather:
                air = wp.max(power, budget.weakest)
                at = float(0.0)  # noqa: UP018
                if budget.drops > 0.0:
                    # number of detectable drops by inversion of the Poisson distribution
                    u = uniform(w.c)
                    chance = wp.exp(-budget.drops)
                    below = chance
                    number = int(0)  # noqa: RUF046, UP018
                    while u > below and number < _MOST_DROPS:
                        number += 1
                        chance *= budget.drops / float(number)
                        below += chance
                    for j in range(number):
                        e = philox(budget.key0, budget.key1, budget.frame, wp.uint32(0), wp.uint32(i), wp.uint32(1 + j))
                        slots = budget.drop_range_m.shape[0]
                        at_j = budget.drop_range_m[wp.min(int(uniform(e.a) * float(slots)), slots - 1)]
                        fade = wp.exp(-2.0 * budget.extinction_per_m * at_j) / (at_j * at_j)
                        beam = at_j * budget.beam_rad
                        least = beam * wp.sqrt(budget.weakest / (budget.water * fade))
                        size = least - wp.log(uniform(e.b)) / budget.slope_per_m
                        filled = wp.min(size / beam, 1.0)
                        power_j = budget.water * filled * filled * fade
                        if at_j < r and power_j > air:
                            air = power_j
                            at = at_j
                if budget.fog_power > 0.0:
                    f = philox(budget.key0, budget.key1, budget.frame, wp.uint32(0), wp.uint32(i), wp.uint32(9))
                    slots = budget.fog_share.shape[0]
                    share = budget.fog_share[wp.clamp(int(r / budget.fog_step_m), 0, slots - 1)]
                    # fog is not even: the echo of the air varies by a factor of about e^0.4 between shots
                    soft = budget.fog_power * share * wp.exp(0.4 * normal(f.a))
                    place = budget.fog_range_m[wp.min(int(uniform(f.c) * float(slots)), slots - 1)]
                    if soft > air and place < r:
                        air = soft
                        at = place
                if at >= budget.range_min_m:
                    kind = _AIR
                    measured = at
                    intensity = wp.min(100.0 * air * at * at, 255.0)
        if measured <= 0.0:
            kind = _NOTHING
        out.kind[i] = wp.uint8(kind)
        out.range[i] = measured
        out.intensity[i] = intensity
        if kind != _NOTHING:
            total += 1
    counts[column] = total


@wp.kernel(module=LIDAR)
def collect(
    first: int, channels: int, steps: int, begins: wp.array(dtype=int), echoes: Echoes,
    directions: wp.array(dtype=wp.vec3), times: wp.array(dtype=float), offsets_ns: wp.array(dtype=int),
    rotations: wp.array(dtype=wp.mat33), positions: wp.array(dtype=wp.vec3), part: wp.array(dtype=int),
    parts: wp.array(dtype=PartRow), out: Points,
):  # fmt: skip
    """Write the points of one column; ``rotations`` and ``positions`` lead to the start of the scan."""
    column = first + wp.tid()
    n = begins[column]
    for ring in range(channels):
        i = column * channels + ring
        kind = int(echoes.kind[i])
        if kind != _NOTHING:
            local = directions[i] * echoes.range[i]
            at = times[i] * float(steps)
            k = wp.min(int(at), steps)
            a = at - float(k)
            early = rotations[k] * local + positions[k]
            late = rotations[k + 1] * local + positions[k + 1]
            out.xyz[n] = local
            out.xyz_deskewed[n] = early * (1.0 - a) + late * a
            out.range[n] = echoes.range[i]
            out.intensity[n] = echoes.intensity[i]
            out.ring[n] = ring
            out.column[n] = column
            out.time_offset_ns[n] = offsets_ns[i]
            entity = int(-1)  # noqa: RUF046, UP018
            semantic = int(-1)  # noqa: RUF046, UP018
            if kind == _HIT:
                row = parts[part[i]]
                entity = row.entity
                semantic = row.semantic
            out.instance[n] = entity
            out.semantic[n] = semantic
            n += 1
