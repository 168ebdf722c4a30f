# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""LiDAR shots: where they go, what comes back, and the points that remain (kernels)."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import LIDAR
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.noise import normal, philox, uniform
from simengine_renderers.raytrace.single import Found
from simengine_renderers.raytrace.snow_map import SNOWY, Lain
from simengine_renderers.raytrace.tables import FaceRow, MaterialRow, PartRow

__all__ = [
    "AIR", "NOTHING", "Budget", "Echoes", "Points", "Turn", "aim_shots", "collect", "glance", "receive",
    "stronger", "weather",
]  # fmt: skip

NOTHING, AIR, HIT = 0, 1, 2
_HIT = wp.constant(HIT)
_AIR = wp.constant(AIR)
_NOTHING = wp.constant(NOTHING)


@wp.struct
class Turn:
    """Orientation of a part during the scan: world_from_mesh at its start; quaternions (x y z w) where it turns."""

    start: wp.mat33
    turns: int
    q0: wp.quat
    q1: wp.quat


@wp.struct
class Falling:
    """Drops or flakes in a beam (``scatter.Falling``)."""

    mean: float
    most: int
    reflectance: float
    slope_per_m: float
    range_m: wp.array(dtype=float)


@wp.struct
class Budget:
    """Link budget and weather of one sensor (``scatter.Scatter``). ``weakest`` is the power that is just detected;
    ``wetness`` that of the ground, ``film`` its optical depth; ``eye`` and ``way``: where the sensor is at the start of
    the scan, and how far it goes until its end."""

    weakest: float
    extinction_per_m: float
    wetness: float
    fallen: Lain
    film: float
    eye: wp.vec3
    way: wp.vec3
    range_min_m: float
    range_max_m: float
    range_noise_m: float
    beam_rad: float
    rain: Falling
    snow: Falling
    fog_power: float
    fog_step_m: float
    fog_range_m: wp.array(dtype=float)
    fog_share: wp.array(dtype=float)
    key0: wp.uint32
    key1: wp.uint32
    frame: wp.uint32


@wp.struct
class Echoes:
    """What each shot heard: kind (nothing, air, hit), measured range, intensity.

    For weather: the power of the target's echo, and a random word.
    """

    kind: wp.array(dtype=wp.uint8)
    range: wp.array(dtype=float)
    intensity: wp.array(dtype=float)
    power: wp.array(dtype=float)
    word: wp.array(dtype=wp.uint32)


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


@wp.kernel(module=LIDAR)
def glance(
    first: int, stop: int, run: int, part: wp.array(dtype=int), face: wp.array(dtype=int),
    parts: wp.array(dtype=PartRow), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    active: wp.array(dtype=wp.uint8), gain: wp.array(dtype=float),
):  # fmt: skip
    """Which of shots [first, stop) meet a pane."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        active[i] = wp.uint8(0)
        gain[i] = 1.0
        if part[i] >= 0:
            active[i] = wp.uint8(materials[faces[parts[part[i]].faces + face[i]].material].pane)


@wp.func
def loudness(
    target: Found, i: int, d: wp.vec3, extinction_per_m: float, parts: wp.array(dtype=PartRow),
    turns: wp.array(dtype=Turn), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
) -> float:  # fmt: skip
    """Power of a target's echo, as ``native/receive.h`` with flat normals at the start of the scan."""
    out = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if target.part[i] >= 0:
        row = faces[parts[target.part[i]].faces + target.face[i]]
        m = materials[row.material]
        r = target.range_m[i]
        cosine = wp.abs(wp.dot(turns[target.part[i]].start * row.normal, d))
        out = m.nir * cosine * (1.0 + m.retro) * wp.exp(-2.0 * extinction_per_m * r) / (r * r)
    return out


@wp.kernel(module=LIDAR)
def stronger(
    first: int, stop: int, run: int, budget: Budget, rays: wp.array(dtype=wp.vec3), rotation: wp.mat33,
    parts: wp.array(dtype=PartRow), turns: wp.array(dtype=Turn), materials: wp.array(dtype=MaterialRow),
    faces: wp.array(dtype=FaceRow), active: wp.array(dtype=wp.uint8), share: wp.array(dtype=wp.vec4), behind: Found,
    target: Found, gain: wp.array(dtype=float),
):  # fmt: skip
    """Of shots [first, stop) that meet a pane: what lies behind it is the target, if it sends back more than the pane.

    Its echo passes all panes on the way twice (``gain``).
    """
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if active[i] != wp.uint8(0):
            d = rotation * rays[i]
            left = share[i][3] * share[i][3]
            own = loudness(target, i, d, budget.extinction_per_m, parts, turns, materials, faces)
            other = left * loudness(behind, i, d, budget.extinction_per_m, parts, turns, materials, faces)
            if other > own:
                gain[i] = left
                target.range_m[i] = behind.range_m[i]
                target.part[i] = behind.part[i]
                target.face[i] = behind.face[i]
                target.uv[i] = behind.uv[i]


@wp.func
def falling_echo(
    budget: Budget, falling: Falling, purpose: int, i: int, word: wp.uint32, r: float, air: float
) -> wp.vec2:
    """Strongest echo of drops or flakes in front of range ``r``, if above ``air``: its power and range, else zeros."""
    out = wp.vec2(0.0, 0.0)
    # number of detectable ones by inversion of the Poisson distribution
    u = uniform(word)
    chance = wp.exp(-falling.mean)
    below = chance
    number = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    while u > below and number < falling.most:
        number += 1
        chance *= falling.mean / float(number)
        below += chance
    for j in range(number):
        e = philox(budget.key0, budget.key1, budget.frame, wp.uint32(purpose), wp.uint32(i), wp.uint32(j))
        slots = falling.range_m.shape[0]
        at = falling.range_m[wp.min(int(uniform(e.a) * float(slots)), slots - 1)]
        fade = wp.exp(-2.0 * budget.extinction_per_m * at) / (at * at)
        beam = at * budget.beam_rad
        least = beam * wp.sqrt(budget.weakest / (falling.reflectance * fade))
        size = least - wp.log(uniform(e.b)) / falling.slope_per_m
        filled = wp.min(size / beam, 1.0)
        power = falling.reflectance * filled * filled * fade
        if at < r and power > wp.max(air, out[0]):
            out = wp.vec2(power, at)
    return out


@wp.func
def fog_echo(budget: Budget, i: int, r: float) -> wp.vec2:
    """Echo of the fog in front of range ``r``: its power and range, zeros if it comes from behind ``r``."""
    f = philox(budget.key0, budget.key1, budget.frame, wp.uint32(3), wp.uint32(i), wp.uint32(0))
    slots = budget.fog_share.shape[0]
    share = budget.fog_share[wp.clamp(int(r / budget.fog_step_m), 0, slots - 1)]
    # fog is not even: the echo of the air varies by a factor of about e^0.4 between shots
    power = budget.fog_power * share * wp.exp(0.4 * normal(f.a))
    at = budget.fog_range_m[wp.min(int(uniform(f.c) * float(slots)), slots - 1)]
    out = wp.vec2(0.0, 0.0)
    if at < r:
        out = wp.vec2(power, at)
    return out


@wp.func_native(body("decay", "noise", "random", "sky_map", "snow", "receive", HIT=HIT, NOTHING=NOTHING, **SNOWY))
def _receive(
    begin: int, end: int, column: int, channels: int, budget: Budget, rays: wp.array(dtype=wp.vec3), rotation: wp.mat33,
    times: wp.array(dtype=float), range_m: wp.array(dtype=float), part: wp.array(dtype=int),
    face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    turns: wp.array(dtype=Turn), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), glazed: int, gain: wp.array(dtype=float), out: Echoes,
) -> int: ...  # fmt: skip


@wp.kernel(module=LIDAR)
def receive(
    first: int, rings: int, channels: int, budget: Budget, rays: wp.array(dtype=wp.vec3), rotation: wp.mat33,
    times: wp.array(dtype=float), range_m: wp.array(dtype=float), part: wp.array(dtype=int),
    face: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2), parts: wp.array(dtype=PartRow),
    turns: wp.array(dtype=Turn), materials: wp.array(dtype=MaterialRow), faces: wp.array(dtype=FaceRow),
    corners: wp.array(dtype=wp.vec3), glazed: int, gain: wp.array(dtype=float), out: Echoes,
    counts: wp.array(dtype=int),
):  # fmt: skip
    """Echo of every shot of one column in clear air, ``rings`` at a time (256 on the CPU, 4 on CUDA).

    ``counts`` gets the number of points of the column.
    """
    column = first + wp.tid()
    total = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    ring = int(0)  # noqa: RUF046, UP018
    while ring < channels:
        begin = column * channels + ring
        end = column * channels + wp.min(ring + rings, channels)
        total += _receive(
            begin, end, column, channels, budget, rays, rotation, times, range_m, part, face, uv, parts, turns,
            materials, faces, corners, glazed, gain, out,
        )  # fmt: skip
        ring += rings
    counts[column] = total


@wp.kernel(module=LIDAR)
def weather(
    first: int, channels: int, budget: Budget, range_m: wp.array(dtype=float), part: wp.array(dtype=int),
    out: Echoes, counts: wp.array(dtype=int),
):  # fmt: skip
    """What rain, snow and fog in front of the targets of one column send back, where it is stronger than they are."""
    column = first + wp.tid()
    total = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    for ring in range(channels):
        i = column * channels + ring
        r = wp.where(part[i] >= 0, range_m[i], budget.range_max_m)
        air = wp.vec2(wp.max(out.power[i], budget.weakest), 0.0)
        if budget.rain.mean > 0.0:
            drop = falling_echo(budget, budget.rain, 2, i, out.word[i], r, air[0])
            if drop[0] > air[0]:
                air = drop
        if budget.snow.mean > 0.0:
            own = philox(budget.key0, budget.key1, budget.frame, wp.uint32(5), wp.uint32(i), wp.uint32(0))
            flake = falling_echo(budget, budget.snow, 4, i, own.a, r, air[0])
            if flake[0] > air[0]:
                air = flake
        if budget.fog_power > 0.0:
            soft = fog_echo(budget, i, r)
            if soft[0] > air[0]:
                air = soft
        if air[1] >= budget.range_min_m:
            out.kind[i] = wp.uint8(_AIR)
            out.range[i] = air[1]
            out.intensity[i] = wp.min(100.0 * air[0] * air[1] * air[1], 255.0)
        if int(out.kind[i]) != _NOTHING:
            total += 1
    counts[column] = total


@wp.kernel(module=LIDAR)
def collect(
    first: int, channels: int, moving: int, steps: int, begins: wp.array(dtype=int), echoes: Echoes,
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
            out.xyz[n] = local
            if moving == 1:
                at = times[i] * float(steps)
                k = wp.min(int(at), steps)
                a = at - float(k)
                early = rotations[k] * local + positions[k]
                out.xyz_deskewed[n] = early * (1.0 - a) + (rotations[k + 1] * local + positions[k + 1]) * a
            else:
                out.xyz_deskewed[n] = local
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
