# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""Drops and flakes in the light of lamps: each by its place in their beams, without shadows.

Of light on a ball of water 89 % goes on, bent by little; 4 % comes back after one reflection inside, within 42 degrees
of where it came from, and 7 % is mirrored to all sides (van de Hulst 1957, section 12.2): drops near one's own head
lamps shine, and those before oncoming ones more so. Flakes are matt white balls (Schoenberg's phase function).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine.sensors.snow import ALBEDO
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.lamps import Lamp, shone
from simengine_renderers.raytrace.modules import LAMPS, LIGHT
from simengine_renderers.raytrace.slices import Slices, launch

__all__ = ["UNIT", "Beams", "add_lamp_light", "sent_by_drops", "sent_by_flakes"]

UNIT = wp.constant(1048576.0)
"""Of cover, in whole numbers."""
_LAMP_LIGHT = wp.constant(1.0e-3)  # radiance of a drop in lamp light whose cover counts once,
_BRIGHTEST = wp.constant(50.0)  # and how often it counts at most: of whole numbers some 40 are left for a pixel
_ALBEDO = wp.constant(ALBEDO)


@dataclass(frozen=True)
class Beams:
    """Lamps around a camera.

    Attributes:
        world_from_camera: (3, 3).
        table: of ``Lamps.table``.
        count: of lamps in it.
    """

    world_from_camera: F64Array
    table: Any
    count: int


def add_lamp_light(film: Film, table: Any, draw: Any, row: int, flakes: bool, beams: Beams, slices: Slices) -> None:
    """Add to ``film.hdr`` the lamp light that drops or flakes send to the eye.

    Args:
        film: the image; nothing is left of ``film.streaks``.
        table: (N, C) on the device, rows as ``draw`` takes them, with column of the picture first, strength last but
            one and depth last. Strengths are spent.
        draw: the kernel that draws them.
        row: the column of ``table`` with the row of the picture.
        flakes: they are flakes, not drops.
        beams: lamps around the camera.
        slices: threads.
    """
    if not beams.count or not len(table):
        return
    spec, device = film.spec, film.device
    turn = wp.mat33(*beams.world_from_camera.ravel().tolist())
    eye = [turn, wp.vec2(spec.fx_px, spec.fy_px), wp.vec2(spec.cx_px, spec.cy_px)]
    launch(in_lamp_light, 0, len(table), [table, row, int(flakes), *eye, beams.table, beams.count], device)
    launch(draw, 0, len(table), [table, spec.width_px, spec.height_px, film.streaks], device)
    colour = beams.table.numpy()["intensity"][: beams.count].sum(0, dtype=np.float64)
    light = colour * (_LAMP_LIGHT / float(colour @ np.array([0.2126, 0.7152, 0.0722])))

    def work(first: int, stop: int) -> None:
        inputs = [film.streaks, wp.vec3(*light), film.hdr]
        launch(shine_on, first * spec.width_px, stop * spec.width_px, inputs, device)

    slices.run(spec.height_px, 1, work)


@wp.func
def sent_by_drops(cosine: float) -> float:
    """Radiance of a drop, times pi, under an illuminance of 1, by the cosine of the light's turn: a quarter of the
    phase function."""
    g = float(0.85)  # noqa: UP018  (Warp: a variable, not a constant)
    on = 0.89 * (1.0 - g * g) / wp.pow(1.0 + g * g - 2.0 * g * cosine, 1.5)
    back = 0.04 * 2.0 / (1.0 - 0.743) * wp.clamp((-cosine - 0.70) / 0.09, 0.0, 1.0)
    return 0.25 * (on + back + 0.07)


@wp.func
def sent_by_flakes(cosine: float) -> float:
    """The same of a flake: 8 / (3 pi) (sin t - t cos t) of what it does not take, by the turn t."""
    c = wp.clamp(cosine, -1.0, 1.0)
    turn = wp.acos(c)
    return 0.25 * _ALBEDO * 0.848826 * (wp.sqrt(1.0 - c * c) - turn * c)


@wp.kernel(module=LAMPS)
def in_lamp_light(
    first: int, stop: int, run: int, table: wp.array2d(dtype=float), row: int, flakes: int,
    world_from_camera: wp.mat33, focal: wp.vec2, centre: wp.vec2, lamps: wp.array(dtype=Lamp), count: int,
):  # fmt: skip
    """Multiply the strength of drops or flakes [first, stop) by the lamp light that they send to the eye."""
    begin = first + wp.tid() * run
    last = table.shape[1] - 1
    for i in range(begin, wp.min(begin + run, stop)):
        z = table[i, last]
        seen = wp.vec3((table[i, 0] - centre[0]) / focal[0] * z, (table[i, row] - centre[1]) / focal[1] * z, z)
        point = world_from_camera * seen
        away = wp.normalize(point)
        total = float(0.0)  # noqa: UP018
        for j in range(count):
            gap = lamps[j].position - point
            d2 = wp.max(wp.length_sq(gap), 0.04)
            if d2 < lamps[j].reach_squared:
                l = gap / wp.sqrt(d2)  # noqa: E741
                cosine = wp.dot(l, away)
                sent = wp.where(flakes != 0, sent_by_flakes(cosine), sent_by_drops(cosine))
                power = wp.dot(lamps[j].intensity, wp.vec3(0.2126, 0.7152, 0.0722))
                total += power * shone(lamps[j], l) / d2 * sent
        table[i, last - 1] = table[i, last - 1] * wp.min(total / _LAMP_LIGHT, _BRIGHTEST)


@wp.kernel(module=LIGHT)
def shine_on(
    first: int, stop: int, run: int, cover: wp.array(dtype=int), light: wp.vec3, hdr: wp.array(dtype=wp.vec3)
):  # fmt: skip
    """Add ``light`` to pixels [first, stop) by their ``cover`` and wipe it."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if cover[i] > 0:
            hdr[i] = hdr[i] + light * (float(cover[i]) / UNIT)
            cover[i] = 0
