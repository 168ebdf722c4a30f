"""A scene of ``light_scenes`` in Mitsuba 3 (``scalar_rgb``): same triangles, same light, same camera.

Radiances are multiplied by pi on both sides, which light's way through a scene does not notice. The sun is a distant
disc, an even sky surrounds all; slabs that shine are closed, so that one-sided emitters do.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from simengine.geometry import transforms as tf
from simengine.world.cutouts import cut_rows, holes
from simengine.world.materials import Cutout
from simengine_renderers.raytrace.skylight import SUN_SINE
from tests.renderers.light_scenes import Lit, Thing

_SUN_FAR_M = 1e6


def mitsuba_light(mi: Any, lit: Lit, samples: int, frames: int, folder: Path) -> np.ndarray:
    """Radiance (frames, H, W, 3), each frame with a seed of its own."""
    spec = lit.camera
    pose = spec.entity_from_camera
    eye, ahead, up = pose[:3, 3], pose[:3, 2], -pose[:3, 1]
    T = mi.ScalarTransform4f
    scene: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": -1, "rr_depth": 5},
        "sensor": {
            "type": "perspective", "fov_axis": "x",
            "fov": math.degrees(2.0 * math.atan(spec.width_px / 2.0 / spec.fx_px)),
            "near_clip": 1e-3, "far_clip": 1e7,
            "to_world": T().look_at(origin=eye.tolist(), target=(eye + ahead).tolist(), up=up.tolist()),
            "film": {"type": "hdrfilm", "width": spec.width_px, "height": spec.height_px, "rfilter": {"type": "box"},
                     "pixel_format": "rgb", "component_format": "float32"},
            "sampler": {"type": "independent", "sample_count": samples},
        },
    }  # fmt: skip
    for k, thing in enumerate(lit.things):
        scene[f"thing{k}"] = _shape(mi, thing, folder / f"{k}.ply")
    for k, lamp in enumerate(lit.lights):
        intensity = [math.pi * c for c in lamp.intensity]  # E' = pi E
        scene[f"lamp{k}"] = {"type": "point", "position": list(lamp.position_m), "intensity": _rgb(intensity)}
    if lit.sky.ground.max() > 0.0:
        scene["sky"] = {"type": "constant", "radiance": _rgb(lit.sky.ground)}
    if lit.sky.sun.max() > 0.0:
        d = lit.sky.sun_direction
        radius = _SUN_FAR_M * math.tan(math.asin(SUN_SINE))
        scene["sun"] = {
            "type": "disk", "bsdf": {"type": "diffuse", "reflectance": 0.0},
            "to_world": T().look_at(origin=(d * _SUN_FAR_M).tolist(), target=[0, 0, 0], up=[0, 0, 1]).scale(radius),
            "emitter": {"type": "area", "radiance": _rgb(lit.sky.sun / SUN_SINE**2)},
        }  # fmt: skip
    made = mi.load_dict(scene)
    return np.stack([np.array(mi.render(made, seed=1 + k)) for k in range(frames)])


def _shape(mi: Any, thing: Thing, path: Path) -> dict[str, Any]:
    """A mesh with flat faces: matt, of rough metal, or a pane."""
    mesh, m = thing.mesh, thing.material
    if m.cutout != Cutout.SOLID:
        return _pierced(mi, thing)
    points = tf.apply(thing.at, mesh.vertices_m)
    trimesh.Trimesh(points, mesh.faces, process=False).export(path)
    bsdf = {"type": "diffuse", "reflectance": _rgb(m.albedo)}
    if m.pane is not None:
        root = math.sqrt(m.specular)
        glass = {"type": "thindielectric", "int_ior": (1.0 + root) / (1.0 - root), "ext_ior": 1.0,
                 "specular_transmittance": _rgb(m.pane.tint)}  # fmt: skip
        return {"type": "ply", "filename": str(path), "face_normals": True, "bsdf": glass}
    if m.metalness == 1.0:  # Schlick's Fresnel term over GGX with Smith's shadowing of either direction
        bsdf = {"type": "principled", "base_color": _rgb(m.albedo), "metallic": 1.0, "roughness": m.roughness}
    out = {"type": "ply", "filename": str(path), "face_normals": True, "bsdf": {"type": "twosided", "inner": bsdf}}
    if max(m.emission) > 0.0:
        out["emitter"] = {"type": "area", "radiance": _rgb(m.emission)}
    return out


def _pierced(mi: Any, thing: Thing) -> dict[str, Any]:
    """A matt rectangle with holes, of two faces (0, 1, 2) and (0, 2, 3), as a mask of 2048 x 2048 texels."""
    corners, count = tf.apply(thing.at, thing.mesh.vertices_m.astype(np.float64)), 2048
    a, b = (v.ravel() for v in np.meshgrid(*[(np.arange(count) + 0.5) / count] * 2))  # shares along both edges
    first = b <= a
    uv = np.where(first[:, None], np.stack([a - b, b], -1), np.stack([a, b - a], -1))
    rows = cut_rows(thing.mesh, (thing.material,))
    there = ~holes(rows[np.where(first, 0, 1)], uv)
    pose = np.eye(4)  # the rectangle spans -1..1
    pose[:3, 0], pose[:3, 1] = 0.5 * (corners[1] - corners[0]), 0.5 * (corners[3] - corners[0])
    pose[:3, 2], pose[:3, 3] = np.cross(pose[:3, 0], pose[:3, 1]), corners.mean(0)
    matt = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": _rgb(thing.material.albedo)}}
    texels = mi.Bitmap(there.reshape(count, count, 1).astype(np.float32))
    opacity = {"type": "bitmap", "bitmap": texels, "raw": True, "filter_type": "nearest"}
    bsdf = {"type": "mask", "opacity": opacity, "inner": matt}
    return {"type": "rectangle", "to_world": mi.ScalarTransform4f(pose.tolist()), "bsdf": bsdf}


def _rgb(values: Any) -> dict[str, Any]:
    return {"type": "rgb", "value": [float(v) for v in values]}
