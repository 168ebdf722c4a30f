# pyright: reportUnknownParameterType=false
"""Nearest and any hits through Warp's own trees: one over the boxes of the parts, one per mesh (kernels, CPU and CUDA).

A ray is taken into the frame of each part whose box it meets, at the ray's own time.
"""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.cutouts import in_hole, is_pane, pane_share
from simengine_renderers.raytrace.modules import BVH

__all__ = ["Mover", "any_rays", "closest_rays", "first_hit", "into", "passing", "turned"]

_STEP_M = wp.constant(1.0e-5)
"""A ray goes on so far behind a hole."""
_MOST_HOLES = wp.constant(256)
"""In one mesh; whoever looks through more sees what is there."""


@wp.struct
class Mover:
    """A part of the tree: its mesh, its entity and number, and its poses at time 0 and 1 (quaternions x y z w).

    ``cut``: the first row of its faces in the table of holes, or -1: it has none.
    """

    mesh: wp.uint64
    cut: int
    part: int
    entity: int
    moves: int
    start: wp.mat33
    p0: wp.vec3
    p1: wp.vec3
    q0: wp.quat
    q1: wp.quat


@wp.func
def into(m: Mover, time: float, origin: wp.vec3) -> wp.vec3:
    """A point in a part's frame at a time."""
    out = wp.transpose(m.start) * (origin - m.p0)
    if m.moves == 1:
        at = m.p0 * (1.0 - time) + m.p1 * time
        out = wp.quat_rotate_inv(wp.quat_slerp(m.q0, m.q1, time), origin - at)
    return out


@wp.func
def turned(m: Mover, time: float, direction: wp.vec3) -> wp.vec3:
    """A direction in a part's frame at a time."""
    out = wp.transpose(m.start) * direction
    if m.moves == 1:
        out = wp.quat_rotate_inv(wp.quat_slerp(m.q0, m.q1, time), direction)
    return out


@wp.struct
class Met:
    """The nearest hit in one mesh: face (-1: none) and weights of its second and third corner."""

    range_m: float
    face: int
    uv: wp.vec2


@wp.func
def first_hit(cut: wp.array(dtype=float), m: Mover, o: wp.vec3, d: wp.vec3, far_m: float, through: int) -> Met:
    """Nearest hit of a ray in the frame of a part before ``far_m``, not in a hole and, with ``through`` 1, no pane."""
    out = Met()
    out.face = -1
    passed = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    left = int(1)  # noqa: RUF046, UP018
    while left > 0:
        hit = wp.mesh_query_ray(m.mesh, o + d * passed, d, far_m - passed)
        hole = int(0)  # noqa: RUF046, UP018
        if hit.result and passed + hit.t < far_m:
            # Warp weighs the first and second corner, Embree the second and third
            uv = wp.vec2(hit.v, 1.0 - hit.u - hit.v)
            if m.cut >= 0 and left < _MOST_HOLES:
                hole = in_hole(cut, m.cut, hit.face, uv[0], uv[1])
                if through == 1 and is_pane(cut, m.cut, hit.face) == 1:
                    hole = 1
            if hole == 0:
                out.range_m = passed + hit.t
                out.face = hit.face
                out.uv = uv
            passed += hit.t + _STEP_M
        left = wp.where(hole == 1, left + 1, 0)
    return out


@wp.func
def passing(cut: wp.array(dtype=float), m: Mover, o: wp.vec3, d: wp.vec3, far_m: float) -> wp.vec4:
    """What a mesh leaves of the light along a ray in its frame up to ``far_m``: zero where it is opaque."""
    out = wp.vec4(1.0, 1.0, 1.0, 1.0)
    if m.cut < 0:
        if wp.mesh_query_ray_anyhit(m.mesh, o, d, far_m):
            out = wp.vec4(0.0, 0.0, 0.0, 0.0)
    else:
        passed = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        left = int(1)  # noqa: RUF046, UP018
        while left > 0 and left < _MOST_HOLES:
            hit = wp.mesh_query_ray(m.mesh, o + d * passed, d, far_m - passed)
            left = wp.where(hit.result and passed + hit.t < far_m, left + 1, 0)
            if left > 0:
                if is_pane(cut, m.cut, hit.face) == 1:
                    out = wp.cw_mul(out, pane_share(cut, m.cut, hit.face, wp.abs(wp.dot(hit.normal, d))))
                elif in_hole(cut, m.cut, hit.face, hit.v, 1.0 - hit.u - hit.v) == 0:
                    out = wp.vec4(0.0, 0.0, 0.0, 0.0)
                    left = int(0)  # noqa: RUF046, UP018
                passed += hit.t + _STEP_M
    return out


@wp.kernel(module=BVH)
def closest_rays(
    first: int, width: int, stride: int, x0: int, y0: int, tree: wp.uint64, movers: wp.array(dtype=Mover),
    cut: wp.array(dtype=float), carrier: int,
    far_m: float, own_origins: int, own_times: int, r: wp.mat33, origins: wp.array(dtype=wp.vec3),
    directions: wp.array(dtype=wp.vec3), times: wp.array(dtype=float), chosen: int, active: wp.array(dtype=wp.uint8),
    through: int, shares: wp.array(dtype=wp.vec4), range_m: wp.array(dtype=float),
    face: wp.array(dtype=int), part: wp.array(dtype=int), uv: wp.array(dtype=wp.vec2),
):  # fmt: skip
    """Nearest hit of every ray of a grid from ``first`` on; parts of the ``carrier`` are not seen.

    ``chosen``, ``through``: as of ``packets.closest_packets``.
    """
    k = first + wp.tid()
    asked = int(1)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    if chosen == 1:
        asked = int(active[k])
    if asked != 0:
        y = k / width
        i = (y0 + y) * stride + x0 + k - y * width
        d = r * directions[i]
        o = origins[0]
        if own_origins == 1:
            o = origins[i]
        time = float(0.0)  # noqa: UP018
        if own_times == 1:
            time = times[i]
        best = far_m
        hit_face = int(-1)  # noqa: RUF046, UP018
        hit_part = int(-1)  # noqa: RUF046, UP018
        hit_uv = wp.vec2()
        query = wp.bvh_query_ray(tree, o, d)
        item = int(0)  # noqa: RUF046, UP018
        while wp.bvh_query_next(query, item, best):
            if carrier < 0 or movers[item].entity != carrier:
                m = movers[item]
                hit = first_hit(cut, m, into(m, time, o), turned(m, time, d), best, through)
                if hit.face >= 0:
                    best = hit.range_m
                    hit_face = hit.face
                    hit_part = m.part
                    hit_uv = hit.uv
        range_m[k] = best
        face[k] = hit_face
        part[k] = hit_part
        uv[k] = hit_uv
        if through == 1:
            share = wp.vec4(1.0, 1.0, 1.0, 1.0)
            query = wp.bvh_query_ray(tree, o, d)
            item = int(0)  # noqa: RUF046, UP018
            far = best * 0.9999
            while wp.bvh_query_next(query, item, far):
                m = movers[item]
                if m.cut >= 0 and (carrier < 0 or m.entity != carrier):
                    share = wp.cw_mul(share, passing(cut, m, into(m, time, o), turned(m, time, d), far))
            shares[k] = share


@wp.kernel(module=BVH)
def any_rays(
    first: int, tree: wp.uint64, movers: wp.array(dtype=Mover), cut: wp.array(dtype=float),
    origins: wp.array(dtype=wp.vec3), offset: wp.vec3,
    active: wp.array(dtype=wp.uint8), aim: wp.vec3, to_points: int, targets: wp.array(dtype=wp.vec3), margin_m: float,
    lit: wp.array(dtype=wp.uint8),
):  # fmt: skip
    """How much gets from the light to ``origins``: along ``aim``, or up to ``targets`` less a margin.

    255: nothing is between, 0: something opaque; panes leave a part.
    """
    i = first + wp.tid()
    seen = wp.uint8(0)
    if active[i] != wp.uint8(0):
        d = aim
        far = float(1.0e30)  # noqa: UP018
        if to_points == 1:
            d = targets[i] - origins[i]
            far = wp.max(wp.length(d) - margin_m, 0.0)
            d = wp.normalize(d)
        o = origins[i] + offset
        share = wp.vec4(1.0, 1.0, 1.0, 1.0)
        query = wp.bvh_query_ray(tree, o, d)
        item = int(0)  # noqa: RUF046, UP018
        while wp.bvh_query_next(query, item, far):
            m = movers[item]
            share = wp.cw_mul(share, passing(cut, m, into(m, 0.0, o), turned(m, 0.0, d), far))
            if share[0] + share[1] + share[2] == 0.0:
                far = float(0.0)  # noqa: UP018
        seen = wp.uint8(int(255.0 * (0.2126 * share[0] + 0.7152 * share[1] + 0.0722 * share[2]) + 0.5))
    lit[i] = seen
