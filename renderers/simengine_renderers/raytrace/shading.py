# pyright: reportUnknownParameterType=false
"""Light on surfaces, sky, air and the tone curve (kernels). Radiance is linear, in the units of ``sky``."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.bsdf import Lobes
from simengine_renderers.raytrace.contact import Contact
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.panes import Panes
from simengine_renderers.raytrace.surfaces import Surface, View
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["Glow", "Light", "Mirror", "develop", "shade"]


@wp.struct
class Glow:
    """Lamp light of every pixel as radiance to the eye: of the strongest lamp (if not shadowed) and of the others.

    ``target`` is where the strongest lamp is, ``active`` 1 where its shadow matters.
    """

    best: wp.array(dtype=wp.vec3)
    rest: wp.array(dtype=wp.vec3)
    target: wp.array(dtype=wp.vec3)
    active: wp.array(dtype=wp.uint8)
    lit: wp.array(dtype=wp.uint8)


@wp.struct
class Light:
    """Light of one scene (``sky.Sky``), and the albedos of coats. ``ambient``: nine coefficients of irradiance."""

    sun: wp.vec3
    ground: wp.vec3
    airlight: wp.vec3
    disc: wp.vec3
    lamps: wp.vec3
    extinction_per_m: float
    scattering_per_m: float
    sky: wp.array2d(dtype=wp.vec3)
    ambient: wp.array(dtype=wp.vec3)
    lobes: Lobes


@wp.struct
class Mirror:
    """What mirrored rays show (``mirrors``); ``traced`` 0: there are none, and the sky stands for everything.

    ``light`` without the sun and ``sunny`` with it alone where ``met`` is 1; ``sun`` asks for it, ``lit`` answers.
    ``point``: where a ray begins, then where it ends.
    Where ground is wet (``wet`` 1) the rays of cells spread as its lobes do (``lobes``): ``share`` is what a ray
    counts, ``own`` holds its light times that and the share itself, then (by way of ``other``) the sum over cells
    around; of pixels ``own`` alone, the sum.
    """

    traced: int
    wet: int
    share: wp.array(dtype=float)
    own: wp.array(dtype=wp.vec4)
    other: wp.array(dtype=wp.vec4)
    origin: wp.array(dtype=wp.vec3)
    direction: wp.array(dtype=wp.vec3)
    point: wp.array(dtype=wp.vec3)
    light: wp.array(dtype=wp.vec3)
    sunny: wp.array(dtype=wp.vec3)
    active: wp.array(dtype=wp.uint8)
    sun: wp.array(dtype=wp.uint8)
    lit: wp.array(dtype=wp.uint8)
    met: wp.array(dtype=float)


@wp.func_native(body("decay", "pane", "shade"))
def _shade(
    begin: int, end: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    work: Surface, contact: Contact, mirror: Mirror, panes: Panes, materials: wp.array(dtype=MaterialRow), lamps: int,
    glow: Glow, weight: float, add: int, hdr: wp.array(dtype=wp.vec3),
): ...  # fmt: skip


@wp.kernel(module=LIGHT)
def shade(
    first: int, stop: int, run: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3),
    range_m: wp.array(dtype=float), work: Surface, contact: Contact, mirror: Mirror, panes: Panes,
    materials: wp.array(dtype=MaterialRow), lamps: int, glow: Glow, weight: float, add: int,
    hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Radiance of pixels [first, stop) times ``weight``, with the light of ``lamps``; added to ``hdr`` or written."""
    begin = first + wp.tid() * run
    _shade(
        begin, wp.min(begin + run, stop), v, light, rays, range_m, work, contact, mirror, panes, materials, lamps, glow,
        weight, add, hdr,
    )  # fmt: skip


@wp.func_native(body("develop"))
def _develop(
    begin: int, end: int, hdr: wp.array(dtype=wp.vec3), gain: float, curve: wp.array(dtype=int),
    rgb: wp.array(dtype=wp.uint8),
): ...  # fmt: skip


@wp.kernel(module=LIGHT)
def develop(
    first: int, stop: int, run: int, hdr: wp.array(dtype=wp.vec3), gain: float, curve: wp.array(dtype=int),
    rgb: wp.array(dtype=wp.uint8),
):  # fmt: skip
    """Tone curve and sRGB of pixels [first, stop)."""
    begin = first + wp.tid() * run
    _develop(begin, wp.min(begin + run, stop), hdr, gain, curve, rgb)
