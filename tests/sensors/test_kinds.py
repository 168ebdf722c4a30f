"""Attributes of cameras that are no numbers, no whole ones, or absurd: one error each, before anything is made."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from simengine.errors import SensorError
from simengine.sensors import projection
from simengine.sensors.imaging import Imager, Infrared, Optics, Processing, Shutter
from simengine.sensors.specs import CameraSpec

PARTS: dict[str, Any] = {
    "optics": Optics(natural=True), "shutter": Shutter(1_000_000), "imager": Imager(cfa="rggb"),
    "processing": Processing(), "infrared": Infrared(),
}  # fmt: skip


def camera(fov: Any = 1.0, size: Any = (16, 12), mount: Any = (0.0, 0.0, 1.0), **options: Any) -> CameraSpec:
    return CameraSpec.from_fov("front", -1, mount, size, fov, **options)


@pytest.mark.parametrize("part", [*PARTS, "camera"])
def test_what_is_of_another_kind_is_refused(part: str) -> None:
    """Every attribute of int, float, bool and str, with a value of each wrong kind: True is no number, 2.5 not whole,
    1 no switch and None nothing at all. Those of NumPy are as good as Python's."""
    good = camera() if part == "camera" else PARTS[part]
    wrong: dict[str, tuple[Any, ...]] = {
        "int": (True, 2.5, "4", None, math.nan), "float": (True, "4", None, math.nan), "bool": (1, None, "yes"),
        "str": (1, None),
    }  # fmt: skip
    looked_at = 0
    for one in fields(good):
        for value in wrong.get(str(one.type), ()):
            with pytest.raises(SensorError):
                replace(good, **{one.name: value})
            looked_at += 1
    assert looked_at > 10
    own = {"int": np.int64, "float": np.float64}
    same = {f.name: own[str(f.type)](getattr(good, f.name)) for f in fields(good) if str(f.type) in own}
    assert replace(good, **same) is not good


def test_absurd_numbers_are_refused() -> None:
    """Each of them made a camera once, and then an image of nothing, an endless one or an error far away."""
    for fov in (1e-12, 0.0, -1.0, math.nan, math.inf, math.pi, True, None):
        with pytest.raises(SensorError, match="fov must be"):
            camera(fov)
    for samples in (0, 10**9, True, 1.5):
        with pytest.raises(SensorError, match="samples"):
            camera(samples=samples)
    for values in ({"exposure_ev": 1e12}, {"fx_px": 1e300}, {"fy_px": 1e-300}, {"cx_px": 1e12}, {"baseline_m": 1e12}):
        with pytest.raises(SensorError):
            replace(camera(), **values)
    for size in ((True, 12), ("a", 2), (1.5, 2)):
        with pytest.raises(SensorError):
            camera(size=size)
    with pytest.raises(SensorError, match=r"lens\.width"):
        CameraSpec.from_width("front", -1, (0.0, 0.0, 1.0), (16, 12), 1e300)
    with pytest.raises(SensorError, match="'vignetting' must be 3 numbers"):
        Optics(vignetting=(0.1, 0.1))  # type: ignore[arg-type]
    with pytest.raises(SensorError, match=r"noise\.gain"):
        Imager(gain=1e300)


def test_a_mount_is_a_rotation_and_a_place() -> None:
    """Two numbers, places that are no numbers, other shapes, lengths other than 1, mirrors."""
    for mount in ((0.0, 0.0), ("a", 0.0, 0.0)):
        with pytest.raises(SensorError, match="a mount is three numbers"):
            camera(mount=mount)
    for place in (math.nan, math.inf, 1e300):
        with pytest.raises(SensorError, match="entity_from_camera"):
            camera(mount=(place, 0.0, 0.0))
    for pose in (np.eye(3), np.zeros((4, 4)), 2.0 * np.eye(4), np.diag([1.0, 1.0, -1.0, 1.0]), None, "up"):
        with pytest.raises(SensorError, match="entity_from_camera"):
            replace(camera(), entity_from_camera=pose)


def test_the_narrowest_and_widest_fields_of_view_have_rays() -> None:
    """The limits themselves: finite rays of length 1, half the field of view at the edges."""
    for fov in (1e-5, math.radians(0.1), math.radians(179.9)):
        rays = projection.rays(camera(fov, (16, 1)))
        across = math.atan2(rays[0, -1, 0], rays[0, -1, 2]) - math.atan2(rays[0, 0, 0], rays[0, 0, 2])
        assert np.linalg.norm(rays, axis=-1) == pytest.approx(1.0, abs=1e-12)
        edge = math.atan(math.tan(fov / 2.0) * 15.0 / 16.0)
        assert across == pytest.approx(2.0 * edge, rel=1e-9)
