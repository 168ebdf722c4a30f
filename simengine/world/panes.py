"""Panes: what two parallel faces of clear glass send back, and what they let through.

A pane is thin: light that goes on does so along its own line. Between the faces it goes to and fro, so that with R from
one face both send back 2 R / (1 + R) (the sum of R + (1 - R)^2 R + (1 - R)^2 R^3 + ...), and the rest gets through,
times the tint. Kernels (``raytrace/native/pane.h``) hold the same formula; this is their oracle.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.world.materials import Material

__all__ = ["let_through", "sent_back"]


def sent_back(specular: float, cosine: F64Array) -> F64Array:
    """Share of unpolarised light that a pane reflects, by Fresnel's formulas, of the shape of ``cosine``.

    Args:
        specular: reflectance of one face at normal incidence, 0..1; the refractive index follows from it.
        cosine: of the angle to the normal, 0..1.
    """
    root = np.sqrt(specular)
    index = (1.0 + root) / (1.0 - root)
    c = np.clip(np.asarray(cosine, np.float64), 1e-6, 1.0)
    inside = np.sqrt(1.0 - (1.0 - c * c) / index**2)
    across = (c - index * inside) / (c + index * inside)
    along = (index * c - inside) / (index * c + inside)
    one = 0.5 * (across**2 + along**2)
    return 2.0 * one / (1.0 + one)


def let_through(material: Material, cosine: F64Array) -> F64Array:
    """Share of light that goes on behind a pane, linear RGB, (..., 3); zero for what is opaque."""
    tint = np.zeros(3) if material.pane is None else np.array(material.pane.tint)
    return (1.0 - sent_back(material.specular, cosine))[..., None] * tint
