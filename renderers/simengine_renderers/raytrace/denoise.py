# pyright: reportUnknownParameterType=false
"""Cleaning images of few paths: an edge-avoiding wavelet filter, guided by what each pixel's paths met first (kernels).

The light is taken apart first: what shines or hangs in the air is left alone, the rest is divided by what the surface
sends back, which keeps texture. Then five passes average over 5 x 5 pixels, 1 to 16 apart (Dammertz et al. 2010), as
far as they are of the same plane, normal and gloss, and as their difference may be noise by the variance of either,
which is filtered along (Schied et al. 2017). Guides are means over a pixel's samples, so that smooth edges stay smooth.
Nothing depends on a random number or on how the work is cut.
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine_renderers.raytrace.emitters import luminance
from simengine_renderers.raytrace.modules import PATHS
from simengine_renderers.raytrace.slices import Slices, launch

__all__ = ["Traits", "clean", "forget", "traits_room"]

_LEVELS = 5
_LEAST = wp.constant(1.0e-3)  # of what a surface sends back
_SPREAD = wp.constant(3.0)  # standard errors that two pixels may differ by
_FLAT = wp.constant(0.08)  # so much may the normals differ
_GLOSS = wp.constant(0.08)
_SLACK_M, _SLACK = wp.constant(0.01), wp.constant(0.004)  # from a plane, and per metre of distance


@wp.struct
class Traits:
    """Of each pixel, sums over its paths while these are made, then means.

    ``shown``: light that needs no cleaning; ``sent``: share that the first surface sends back; its ``normal``, place
    relative to the camera and ``gloss``; ``square``: of the other light's luminance; ``company``: weight of the
    neighbours in the first pass, of 1 where all are alike. ``on`` 0: nothing is noted.
    """

    on: int
    shown: wp.array(dtype=wp.vec3)
    sent: wp.array(dtype=wp.vec3)
    normal: wp.array(dtype=wp.vec3)
    point: wp.array(dtype=wp.vec3)
    gloss: wp.array(dtype=float)
    square: wp.array(dtype=float)
    company: wp.array(dtype=float)


@wp.func
def forget(i: int, traits: Traits):
    """Nothing has been noted of a pixel yet."""
    nothing = wp.vec3(0.0, 0.0, 0.0)
    traits.shown[i] = nothing
    traits.sent[i] = nothing
    traits.normal[i] = nothing
    traits.point[i] = nothing
    traits.gloss[i] = 0.0
    traits.square[i] = 0.0


@wp.struct
class Layer:
    """Light over what is sent back, and the variance of its luminance."""

    light: wp.array(dtype=wp.vec3)
    variance: wp.array(dtype=float)


@wp.kernel(module=PATHS)
def take_apart(
    first: int, stop: int, run: int, samples: int, hdr: wp.array(dtype=wp.vec3), traits: Traits, out: Layer
):  # fmt: skip
    """Sums become means, and light is divided by what is sent back, for pixels [first, stop)."""
    begin = first + wp.tid() * run
    share = 1.0 / float(samples)
    for i in range(begin, wp.min(begin + run, stop)):
        traits.shown[i] = traits.shown[i] * share
        traits.normal[i] = traits.normal[i] * share
        traits.point[i] = traits.point[i] * share
        traits.gloss[i] = traits.gloss[i] * share
        sent = traits.sent[i] * share
        sent = wp.vec3(wp.max(sent[0], _LEAST), wp.max(sent[1], _LEAST), wp.max(sent[2], _LEAST))
        traits.sent[i] = sent
        light = hdr[i] - traits.shown[i]
        bright = luminance(light)
        per = 1.0 / luminance(sent)
        spread = wp.max(traits.square[i] * share - bright * bright, 0.0) / float(wp.max(samples - 1, 1))
        out.light[i] = wp.cw_div(light, sent)
        out.variance[i] = spread * per * per


@wp.kernel(module=PATHS)
def quell(first: int, stop: int, run: int, width: int, height: int, given: Layer, out: Layer):
    """Pixels [first, stop) brighter than all their neighbours become as bright as the brightest of them."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        y = i / width
        x = i - y * width
        most = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        wide = float(0.0)  # noqa: UP018
        for k in range(9):
            u = x + k % 3 - 1
            v = y + k / 3 - 1
            if k != 4 and u >= 0 and u < width and v >= 0 and v < height:
                most = wp.max(most, luminance(given.light[v * width + u]))
                wide = wp.max(wide, given.variance[v * width + u])
        bright = luminance(given.light[i])
        keep = float(1.0)  # noqa: UP018
        if bright > most:
            keep = most / bright
        out.light[i] = given.light[i] * keep
        out.variance[i] = wp.min(given.variance[i], wp.max(wide, given.variance[i] * keep * keep))


@wp.kernel(module=PATHS)
def average(
    first: int, stop: int, run: int, width: int, height: int, apart: int, traits: Traits, given: Layer, out: Layer
):  # fmt: skip
    """One pass over pixels [first, stop), with neighbours ``apart`` pixels from each other."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        y = i / width
        x = i - y * width
        normal = traits.normal[i]
        point = traits.point[i]
        bright = luminance(given.light[i])
        slack = _SLACK_M + _SLACK * wp.length(point)
        # the variance itself is noisy: that of the pixels around
        near = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        parts = float(0.0)  # noqa: UP018
        for k in range(9):
            u = wp.clamp(x + k % 3 - 1, 0, width - 1)
            v = wp.clamp(y + k / 3 - 1, 0, height - 1)
            part = wp.where(k % 2 == 0, 1.0, 2.0)
            if k == 4:
                part = 4.0
            near += part * given.variance[v * width + u]
            parts += part
        near = near / parts
        light = wp.vec3(0.0, 0.0, 0.0)
        variance = float(0.0)  # noqa: UP018
        total = float(0.0)  # noqa: UP018
        for k in range(25):
            du = k % 5 - 2
            dv = k / 5 - 2
            u = x + du * apart
            v = y + dv * apart
            if u >= 0 and u < width and v >= 0 and v < height:
                j = v * width + u
                # the cubic B-spline: 1 4 6 4 1
                weight = wp.where(du * du == 4, 1.0, wp.where(du * du == 1, 4.0, 6.0))
                weight = weight * wp.where(dv * dv == 4, 1.0, wp.where(dv * dv == 1, 4.0, 6.0))
                if j != i:
                    turn = wp.length_sq(traits.normal[j] - normal) / (_FLAT * _FLAT)
                    gap = traits.point[j] - point
                    off = wp.max(wp.abs(wp.dot(gap, normal)), wp.abs(wp.dot(gap, traits.normal[j]))) / slack
                    gloss = (traits.gloss[j] - traits.gloss[i]) / _GLOSS
                    change = luminance(given.light[j]) - bright
                    noise = change * change / (_SPREAD * _SPREAD * (near + given.variance[j]) + 1.0e-12)
                    weight = weight * wp.exp(-(turn + off * off + gloss * gloss + noise))
                light = light + given.light[j] * weight
                variance += given.variance[j] * weight * weight
                total += weight
        if apart == 1:
            traits.company[i] = (total - 36.0) / 220.0  # of the sums 256 and 36 of the spline and its middle
        out.light[i] = light / total
        out.variance[i] = variance / (total * total)


@wp.kernel(module=PATHS)
def mend(first: int, stop: int, run: int, width: int, height: int, traits: Traits, given: Layer, out: Layer):
    """Pixels [first, stop) on edges, which found nobody alike, get light between that of their neighbours.

    How far, the variances say: of their own light, and of the neighbours among each other (the mean of a normal
    distribution given a noisy sample of it).
    """
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        y = i / width
        x = i - y * width
        light = wp.vec3(0.0, 0.0, 0.0)
        bright = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
        square = float(0.0)  # noqa: UP018
        noise = float(0.0)  # noqa: UP018
        total = float(1.0e-6)  # noqa: UP018
        for k in range(9):
            u = x + k % 3 - 1
            v = y + k / 3 - 1
            if u >= 0 and u < width and v >= 0 and v < height:
                j = v * width + u
                noise += given.variance[j] / 9.0
                # the sky sends nothing back, and lone pixels are what is to be mended
                weight = wp.min(traits.company[j], 0.3) * wp.where(wp.length_sq(traits.normal[j]) > 0.0, 1.0, 0.0)
                level = luminance(given.light[j])
                light = light + given.light[j] * weight
                bright += level * weight
                square += level * level * weight
                total += weight
        bright = bright / total
        spread = wp.max(square / total - bright * bright, 0.0) + 0.01 * bright * bright
        lone = wp.clamp(1.0 - traits.company[i] / 0.15, 0.0, 1.0)
        if total < 0.1:
            lone = 0.0
        share = lone * noise / (noise + spread + 1.0e-12)
        out.light[i] = given.light[i] * (1.0 - share) + light * (share / total)
        out.variance[i] = given.variance[i]


@wp.kernel(module=PATHS)
def put_together(first: int, stop: int, run: int, traits: Traits, given: Layer, hdr: wp.array(dtype=wp.vec3)):
    """The light of pixels [first, stop)."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        hdr[i] = traits.shown[i] + wp.cw_mul(given.light[i], traits.sent[i])


def traits_room(pixels: int, device: str) -> Any:
    """Room for the traits of so many pixels; of 0 pixels nothing is noted."""
    out = Traits()
    out.on, n = int(pixels > 0), max(1, pixels)
    for name in ("shown", "sent", "normal", "point"):
        setattr(out, name, wp.zeros(n, dtype=wp.vec3, device=device))
    for name in ("gloss", "square", "company"):
        setattr(out, name, wp.zeros(n, dtype=float, device=device))
    return out


def clean(width: int, height: int, samples: int, traits: Any, hdr: Any, slices: Slices, device: str) -> None:
    """Clean an image in place.

    Args:
        width, height: of it, pixels.
        samples: paths a pixel.
        traits: ``Traits``, sums over them.
        hdr: vec3, radiance.
        slices: threads.
        device: of all arrays.
    """
    layers = [Layer(), Layer()]
    for layer in layers:
        layer.light = wp.empty(width * height, dtype=wp.vec3, device=device)
        layer.variance = wp.empty(width * height, dtype=float, device=device)

    def over_all(kernel: Any, inputs: list[Any]) -> None:
        slices.run(height, 1, lambda a, b: launch(kernel, a * width, b * width, inputs, device))

    over_all(take_apart, [samples, hdr, traits, layers[0]])
    over_all(quell, [width, height, *layers])
    layers.reverse()
    for level in range(_LEVELS):
        over_all(average, [width, height, 1 << level, traits, *layers])
        layers.reverse()
    over_all(mend, [width, height, traits, *layers])
    layers.reverse()
    over_all(put_together, [traits, layers[0], hdr])
