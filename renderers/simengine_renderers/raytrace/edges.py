# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""Smooth edges: where one ray a pixel left a step of light, more rays follow (kernels).

Silhouettes, shadows, leaves and fine patterns are stairs or noise by one ray through each pixel's centre. Pixels whose
light differs from that of a neighbour by a fifth get rays through four more places (a rotated grid) and become
the mean of all five. These rays ask for surfaces, panes, mirrors, sun and lamps of their own; what comes from around
(``contact``) and what wet ground shows (``lobes``) they take from the cells and pixels beside. Labels stay those of the
centre. Nothing depends on a random number, so that nothing swims, nor on how the work is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import BoolArray, F32Array, F64Array, I32Array
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raytrace.contact import Contact, contact_room
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.mirrors import mirror_room
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.shading import Mirror
from simengine_renderers.raytrace.sky import Sky
from simengine_renderers.raytrace.slices import Slices, launch
from simengine_renderers.raytrace.surfaces import Surface
from simengine_renderers.raytrace.tracing import Rays

__all__ = ["PLACES", "Batch", "Edges", "faintest", "steep"]

PLACES = ((-0.125, -0.375), (0.375, -0.125), (-0.375, 0.125), (0.125, 0.375))
"""Where the rays of a pixel at an edge are besides that through its centre, in pixels from there: a rotated grid."""
MORE = len(PLACES)
_MORE = wp.constant(MORE)
_ACROSS, _DOWN = (wp.constant(wp.vec4(*p)) for p in zip(*PLACES, strict=True))
_PIXELS = 8192
"""So many pixels are worked on together. Each is a row of its rays: a packet of the tracer takes four rows."""
_STEP = 0.2
"""Neighbours whose light differs in any colour by more than this share of the brightest one are an edge: a step of a
tenth once developed, about what shows as a stair."""
_UNSEEN = 2e-4  # of the sky's light: smaller steps are no edges


@wp.func_native(body("seek", STEP=_STEP))
def _seek(
    begin: int, end: int, width: int, height: int, faint: float, hdr: wp.array(dtype=wp.vec3),
    found: wp.array(dtype=wp.uint8),
): ...  # fmt: skip


@wp.kernel(module=LIGHT)
def seek(
    first: int, stop: int, run: int, width: int, height: int, faint: float, hdr: wp.array(dtype=wp.vec3),
    found: wp.array(dtype=wp.uint8),
):  # fmt: skip
    """Whether pixels [first, stop) are at an edge (1 or 0); steps below ``faint`` are not seen (``native/seek.h``)."""
    begin = first + wp.tid() * run
    _seek(begin, wp.min(begin + run, stop), width, height, faint, hdr, found)


@wp.kernel(module=LIGHT)
def scatter(
    first: int, stop: int, run: int, width: int, height: int, pixels: wp.array(dtype=int), unit: int,
    table: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Directions (``unit`` 1) or starts of rays [first, stop), from those of centres: each of ``pixels`` has four."""
    begin = first + wp.tid() * run
    for e in range(begin, wp.min(begin + run, stop)):
        i = pixels[e / _MORE]
        k = e % _MORE
        u, v = _ACROSS[k], _DOWN[k]
        y = i / width
        x = i - y * width
        left, right = wp.max(x - 1, 0), wp.min(x + 1, width - 1)
        above, below = wp.max(y - 1, 0), wp.min(y + 1, height - 1)
        dx = (table[i - x + right] - table[i - x + left]) / float(wp.max(right - left, 1))
        dy = (table[below * width + x] - table[above * width + x]) / float(wp.max(below - above, 1))
        at = table[i] + dx * u + dy * v
        out[e] = wp.where(unit == 1, wp.normalize(at), at)


@wp.kernel(module=LIGHT)
def borrow(
    first: int, stop: int, run: int, pixels: wp.array(dtype=int), width: int, height: int, work: Surface,
    around: Contact, image: Surface, shown: Mirror, own: Contact, mirror: Mirror,
):  # fmt: skip
    """Light from around for rays [first, stop), of the cells by their pixel that lie on their surface, and what wet
    ground there shows.

    Args:
        pixels: the image's pixel of each four rays.
        width, height: of the image.
        work: surfaces of the rays.
        around, image, shown: cells, surfaces and mirrored light of the image.
        own, mirror: those of the rays, which get it.
    """
    begin = first + wp.tid() * run
    for e in range(begin, wp.min(begin + run, stop)):
        i = pixels[e / _MORE]
        y = i / width
        x = i - y * width
        p = work.point[e]
        n = work.normal[e]
        slack = 0.02 + 0.01 * wp.length(p)
        total = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        near = wp.vec4(0.0, 0.0, 0.0, 0.0)
        far = wp.vec4(0.0, 0.0, 0.0, 0.0)
        left = x / 2 - 1 + x % 2
        top = y / 2 - 1 + y % 2
        cells = int(4)  # noqa: RUF046, UP018  (the next ones; where none lies on the surface, all around)
        for k in range(13):
            u = left + k % 2
            w = top + k / 2
            if k >= 4:
                u = x / 2 + (k - 4) % 3 - 1
                w = y / 2 + (k - 4) / 3 - 1
            if k == 4 and total < 1.0:
                cells = 13
            if k < cells and u >= 0 and u < around.width and w >= 0 and w < around.height:
                c = w * around.width + u
                off = wp.dot(around.point[c] - p, n)
                same = 1.0e-4 * slack * slack / (slack * slack + off * off)  # better than none
                if wp.abs(off) < slack and wp.dot(around.normal[c], n) > 0.5:
                    same = 1.0
                total += same
                near += around.smooth[c] * same
                far += around.wide[c] * same
        part = 1.0 / wp.max(total, 1.0e-20)
        own.point[e] = p
        own.normal[e] = n
        own.smooth[e] = near * part
        own.wide[e] = far * part
        if mirror.wet == 1 and mirror.active[e] == wp.uint8(3):
            sum = wp.vec4(0.0, 0.0, 0.0, 0.0)
            for k in range(9):
                u = x + k % 3 - 1
                w = y + k / 3 - 1
                if u >= 0 and u < width and w >= 0 and w < height:
                    j = w * width + u
                    if shown.active[j] == wp.uint8(3) and wp.abs(wp.dot(image.point[j] - p, n)) < slack:
                        sum += shown.own[j] * wp.max(1.0 - 4.0 * wp.abs(image.damp[j] - work.damp[e]), 1.0e-3)
            mirror.own[e] = sum
            if sum[3] <= 0.0:
                mirror.active[e] = wp.uint8(0)


@wp.kernel(module=LIGHT)
def mix(
    first: int, stop: int, run: int, pixels: wp.array(dtype=int), light: wp.array(dtype=wp.vec3),
    hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Pixels [first, stop) of a list become the mean of their centre's light and that of their rays."""
    begin = first + wp.tid() * run
    for j in range(begin, wp.min(begin + run, stop)):
        sum = hdr[pixels[j]]
        for k in range(_MORE):
            sum = sum + light[j * _MORE + k]
        hdr[pixels[j]] = sum / float(_MORE + 1)


def faintest(sky: Sky) -> float:
    """Steps of radiance under a sky that are too small to be seen."""
    return _UNSEEN * float(sky.ambient[0] @ np.array([0.2126, 0.7152, 0.0722])) * 0.282095


def steep(hdr: F32Array, faint: float) -> BoolArray:
    """Which pixels of an image are at an edge, (H, W).

    Args:
        hdr: (H, W, 3), radiance.
        faint: as of ``faintest``.
    """
    height, width = hdr.shape[:2]
    found = np.zeros(height * width, np.uint8)
    light = wp.array(np.ascontiguousarray(hdr).reshape(-1, 3), dtype=wp.vec3, device="cpu", copy=False)
    out = wp.array(found, dtype=wp.uint8, device="cpu", copy=False)
    launch(seek, 0, height * width, [width, height, faint, light, out], "cpu")
    return found.reshape(height, width) != 0


@dataclass(frozen=True, eq=False)
class Batch:
    """Rays of ``count`` ``pixels`` of an ``image``, in a ``room`` of their own: a row of rays for each.

    ``starts``: room for where they start, of parallel projection, else None.
    """

    image: Film
    room: Film
    pixels: Any
    count: int
    starts: Any

    def aimed(self, pose: F64Array, origin_m: F64Array) -> Rays:
        """The rays, as of ``Film.aimed``, once they are scattered."""
        rays = self.room.aimed(pose, origin_m, self.room.rays, None)
        return rays if self.starts is None else replace(rays, origins=self.starts, own_origins=True)

    def scatter(self, first: int, stop: int, starts: Any) -> None:
        """Aim the rays of some rows; ``starts`` of the image's centre rays, or None: all start at the camera."""
        spec, begin, end = self.image.spec, first * MORE, stop * MORE
        inputs = [spec.width_px, spec.height_px, self.pixels]
        launch(scatter, begin, end, [*inputs, 1, self.image.rays, self.room.rays], self.image.device)
        if starts is not None:
            launch(scatter, begin, end, [*inputs, 0, starts, self.starts], self.image.device)

    def borrow(self, first: int, stop: int) -> None:
        """Light from around for rays of some rows, whose surfaces and mirrors are known."""
        image, room = self.image, self.room
        inputs = [
            self.pixels, image.spec.width_px, image.spec.height_px, room.work, image.contact, image.work, image.mirror,
            room.contact, room.mirror,
        ]  # fmt: skip
        launch(borrow, first * MORE, stop * MORE, inputs, image.device)

    def mix(self) -> None:
        """Put the light of all rays into the image."""
        launch(mix, 0, self.count, [self.pixels, self.room.hdr, self.image.hdr], self.image.device)


class Edges:
    """Finds the pixels of images that need more rays, and makes room for those.

    Args:
        lamps_lit: the scene has lamps.
        wet: its ground is.
        faint: steps of radiance that are too small to be seen (``faintest``).
    """

    def __init__(self, lamps_lit: bool, wet: bool, faint: float) -> None:
        self._lamps_lit, self._wet, self._faint = lamps_lit, wet, faint
        self._room: Film | None = None

    def find(self, film: Film, rows: tuple[int, int], slices: Slices) -> I32Array:
        """Pixels at edges between two rows of an image that has all of its light, ascending."""
        spec, found = film.spec, wp.empty(film.pixels, dtype=wp.uint8, device=film.device)

        def work(first: int, stop: int) -> None:
            inputs = [spec.width_px, spec.height_px, self._faint, film.hdr, found]
            launch(seek, first * spec.width_px, stop * spec.width_px, inputs, film.device)

        slices.run(rows[1], 1, work, rows[0])
        begin, end = rows[0] * spec.width_px, rows[1] * spec.width_px
        edges = found.numpy()[begin:end] != 0
        if film.covered is not None:
            edges &= film.covered.reshape(-1)[begin:end]
        return (np.flatnonzero(edges) + begin).astype(np.int32)

    def batches(self, film: Film, pixels: I32Array) -> Iterator[Batch]:
        """Rays for pixels of an image, as many at a time as there is room; each batch is done before the next."""
        if self._room is None or self._room.spec.unseen != film.spec.unseen:
            self._room = self._made(film)
        starts = wp.zeros(MORE * _PIXELS, dtype=wp.vec3, device=film.device) if film.spec.parallel else None
        for begin in range(0, len(pixels), _PIXELS):
            some = pixels[begin : begin + _PIXELS]
            yield Batch(film, self._room, wp.array(some, dtype=int, device=film.device), len(some), starts)

    def _made(self, film: Film) -> Film:
        """Rays that are no image, each with a cell of its own."""
        spec = CameraSpec.from_fov(film.spec.name, film.spec.entity, (0.0, 0.0, 0.0), (MORE, _PIXELS), 1.0)
        spec = replace(spec, sees_carrier=film.spec.sees_carrier)
        room = Film.of(spec, False, self._lamps_lit, False, film.device, glazed=film.panes.on == 1)
        contact = contact_room(2 * MORE, 2 * _PIXELS, film.contact.traced == 1, film.device)
        contact.single = 1
        mirror, hits = mirror_room(MORE * _PIXELS if film.mirror_hits is not None else 0, self._wet, film.device)
        return replace(room, contact=contact, mirror=mirror, mirror_hits=hits)
