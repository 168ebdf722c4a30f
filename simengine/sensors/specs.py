"""Frozen sensor specifications. Mounts are ``entity_from_sensor``; a camera frame is x right, y down, z forward."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal, cast

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.errors import SensorError
from simengine.sensors.imaging import BANDS, CFAS, READOUTS, Imager, Infrared, Optics, Processing, Shutter
from simengine.sensors.kinds import check_kinds, is_number
from simengine.sensors.lenses import LENSES, WHOLE_RAD, Panorama, Telecentric, complete, wide_lens
from simengine.sensors.radar import RadarSpec

__all__ = [
    "BODY_FROM_OPTICAL",
    "CameraSpec",
    "LidarSpec",
    "RadarSpec",
    "SensorSpec",
    "kind_of",
    "mount_of",
    "mounted",
]

BODY_FROM_OPTICAL: F64Array = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""Rotation that takes optical axes (x right, y down, z forward) to body axes (x forward, y left, z up)."""
BODY_FROM_OPTICAL.setflags(write=False)

_MOSAICS = frozenset(CFAS) - {"none", "mono"}
_MOST_SAMPLES = 65_536
_MOST_EV = 100.0
_FOCAL_PX = (1e-6, 1e9)
"""Focal lengths for which directions and places are exact in double precision."""
_FARTHEST = 1e6
_LEAST_FOV_RAD = 1e-5


def _rigid(pose: object) -> bool:
    """An array of a rotation and a place: no mirror, no scale, nothing that is no number."""
    if not isinstance(pose, np.ndarray):
        return False
    own = cast("F64Array", pose)
    if own.shape != (4, 4) or own.dtype.kind != "f":
        return False
    square = bool(np.abs(own[:3, :3] @ own[:3, :3].T - np.eye(3)).max() < 1e-4)
    return square and bool(np.linalg.det(own[:3, :3]) > 0.0) and bool((np.abs(own[:3, 3]) <= 1e9).all())


@dataclass(frozen=True, eq=False)
class CameraSpec:
    """A camera, or the left one of a rectified pair.

    Attributes:
        name: sensor name in the program.
        entity: instance id of the carrier, or -1: mounted in the world.
        entity_from_camera: (4, 4), optical frame to carrier (or world).
        width_px, height_px: image size.
        fx_px, fy_px, cx_px, cy_px: intrinsics; pixel centres lie at +0.5. Pixels are f times what the lens makes of a
            direction: the tangent of the angle off axis for a pinhole, the angle itself for an undistorted fisheye. Of
            parallel projection they are pixels a metre.
        distortion: the coefficients of the lens, in the order of ``LENSES``. Of a pinhole k1, k2, p1, p2, k3, k4, k5,
            k6 (Brown-Conrady, OpenCV's order), or these and s1, s2, s3, s4 (thin prism).
        period_ns: time between frames.
        exposure_auto: meter every frame; else ``exposure_ev`` is fixed.
        exposure_ev: compensation in stops, brighter if above 0 (auto), or the fixed EV100, darker the higher it is.
        droplets: share of the lens covered by rain drops, 0..1.
        samples: rays a pixel for rgb (labels always come from the centre ray).
        baseline_m: distance of a second, equal camera to the right; 0: there is none.
        readout_ns: time over which the rows or columns are read; 0: all at once.
        readout: which way they are read, one of ``READOUTS``.
        sees_carrier: the carrier's own parts are in the picture; else primary rays pass them (shadow rays do not).
        link: name of the carrier's link that it rides on, whose frame ``entity_from_camera`` then counts in; "": the
            carrier as a whole.
        lens: a key of ``LENSES``.
        circle_rad: full angle of the image circle of a radial lens; pixels outside are black and see nothing.
        optics, shutter, imager, processing: what the glass, exposure in time, the sensor and its processor do to light.
        band: one of ``BANDS``.
        infrared: of cameras that see other light than the eye.
    """

    name: str
    entity: int
    entity_from_camera: F64Array
    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, ...] = (0.0,) * 8
    period_ns: int = 100_000_000
    exposure_auto: bool = True
    exposure_ev: float = 0.0
    droplets: float = 0.0
    samples: int = 1
    sees_carrier: bool = False
    baseline_m: float = 0.0
    readout_ns: int = 0
    readout: str = "down"
    link: str = ""
    lens: str = "pinhole"
    circle_rad: float = WHOLE_RAD
    optics: Optics = field(default_factory=Optics)
    shutter: Shutter = field(default_factory=Shutter)
    imager: Imager = field(default_factory=Imager)
    processing: Processing = field(default_factory=Processing)
    band: str = "visible"
    infrared: Infrared = field(default_factory=Infrared)

    @property
    def unseen(self) -> int:
        """Entity whose parts primary rays pass, or -1."""
        return -1 if self.sees_carrier else self.entity

    @property
    def physical(self) -> bool:
        """Light passes a lens or a sensor that leaves traces; else renderers make the picture themselves."""
        noisy = self.imager.gain > 0.0 or self.shutter.longest_ns > 0
        own = self.band != "visible"
        return own or noisy or self.shutter.remembers or not (self.optics.perfect and self.processing.plain)

    @property
    def counts(self) -> bool:
        """It has raw numbers: those of a thermal camera, or of pixels behind colour filters."""
        counting = self.imager.gain > 0.0 or self.shutter.longest_ns > 0
        return self.band == "lwir" or (counting and self.imager.cfa != "none")

    @property
    def lit(self) -> bool:
        """It has a lamp of its own."""
        return self.infrared.illuminator_wpsr > 0.0

    @property
    def straight(self) -> bool:
        """A pinhole without distortion: straight lines stay straight."""
        return self.lens == "pinhole" and not any(self.distortion)

    @property
    def parallel(self) -> bool:
        """All rays run along the optical axis, side by side."""
        return self.lens == "telecentric"

    @property
    def planar(self) -> bool:
        """Depth, not range, orders what lies on a ray: it sees what lies before a plane."""
        return self.lens in ("pinhole", "telecentric")

    def __post_init__(self) -> None:
        check_kinds(self, f"camera '{self.name}'")
        if not (1 <= self.width_px <= 8192 and 1 <= self.height_px <= 8192):
            raise SensorError(
                f"camera '{self.name}': size must be 1..8192 px each way, got {self.width_px} x {self.height_px}"
            )
        if self.period_ns < 1:
            raise SensorError(f"camera '{self.name}': images must be some time apart, got {self.period_ns} ns")
        if not 1 <= self.samples <= _MOST_SAMPLES:
            raise SensorError(
                f"camera '{self.name}': samples takes whole numbers from 1 to {_MOST_SAMPLES}, got {self.samples}"
            )
        if not (0.0 <= self.droplets <= 1.0 and abs(self.exposure_ev) <= _MOST_EV):
            raise SensorError(
                f"camera '{self.name}': lens.droplets must be 0..1 and exposure_ev within -{_MOST_EV:g}..{_MOST_EV:g}, "
                f"got {self.droplets:g} and {self.exposure_ev:g}"
            )
        low, high = _FOCAL_PX
        if not (low <= self.fx_px <= high and low <= self.fy_px <= high):
            raise SensorError(
                f"camera '{self.name}': focal lengths must be {low:g}..{high:g} px, got {self.fx_px:g} and "
                f"{self.fy_px:g}; take another field of view"
            )
        self._check_mount()
        self._check_lens()
        self._check_band()
        for word, time_ns in (("rolling_shutter", self.readout_ns), ("exposure.time", self.shutter.longest_ns)):
            if not 0 <= time_ns <= self.period_ns:
                raise SensorError(
                    f"camera '{self.name}': {word} must be 0 s to the time between two images "
                    f"({self.period_ns / 1e9:g} s), got {time_ns / 1e9:g} s; shorten it, or record fewer images"
                )
        self._check_readout()
        if self.counts and self.imager.cfa in _MOSAICS and min(self.width_px, self.height_px) < 2:
            raise SensorError(
                f"camera '{self.name}': a mosaic of colour filters (imager.cfa = {self.imager.cfa}) takes 2 pixels "
                f"each way or more, got {self.width_px} x {self.height_px}; make size larger, or leave imager.cfa out"
            )
        if not (0.0 <= self.baseline_m <= _FARTHEST) or (self.baseline_m and not self.straight):
            raise SensorError(
                f"camera '{self.name}': a pair is rectified: it needs a baseline of 0 m or more and no distortion, "
                f"got {self.baseline_m:g} m"
            )
        if not all(abs(v) <= _FARTHEST for v in (self.cx_px, self.cy_px)):
            raise SensorError(
                f"camera '{self.name}': the principal point must be finite, within {_FARTHEST:g} px, got "
                f"({self.cx_px:g}, {self.cy_px:g})"
            )
        if not all(map(math.isfinite, self.distortion)):
            raise SensorError(f"camera '{self.name}': distortion must be finite numbers, got {self.distortion}")

    def _check_mount(self) -> None:
        """It is rigid: axes of length 1 at right angles, and not a mirror."""
        if not _rigid(self.entity_from_camera):
            raise SensorError(
                f"camera '{self.name}': entity_from_camera must be a (4, 4) array of a rotation and a place in metres, "
                f"got {str(self.entity_from_camera)[:160]}"
            )

    def _check_readout(self) -> None:
        if self.readout not in READOUTS:
            raise SensorError(
                f"camera '{self.name}': rolling_shutter.direction must be one of {', '.join(READOUTS)}, got "
                f"'{self.readout}'"
            )
        last_ns = self.readout_ns + self.shutter.longest_ns // 2
        if self.shutter.samples > 1 and last_ns > self.period_ns:
            raise SensorError(
                f"camera '{self.name}': with exposure.samples the last row's exposure must end before the next image "
                f"({self.period_ns / 1e9:g} s): rolling_shutter and half of exposure.time are {last_ns / 1e9:g} s; "
                "shorten them, or record fewer images"
            )

    def _check_band(self) -> None:
        if self.band not in BANDS:
            raise SensorError(f"camera '{self.name}': no band '{self.band}'; there are {', '.join(BANDS)}")
        if self.band == "lwir" and not self.optics.perfect:
            raise SensorError(
                f"camera '{self.name}': the lens of a thermal camera (band = lwir) is perfect in this version; leave "
                "vignetting, chromatic, lens.focus and glare.share out"
            )
        if self.band == "lwir" and (self.shutter.samples > 1 or not self.processing.plain):
            raise SensorError(
                f"camera '{self.name}': a thermal camera (band = lwir) has no motion blur and makes a grey picture of "
                "its own; leave exposure.samples and isp out"
            )
        if self.lit and self.band != "nir":
            raise SensorError(
                f"camera '{self.name}': an illuminator shines in the near infrared; write band = nir, or leave it out"
            )

    def _check_lens(self) -> None:
        if self.lens not in LENSES:
            raise SensorError(f"camera '{self.name}': no lens '{self.lens}'; there are {', '.join(LENSES)}")
        names, count = LENSES[self.lens], len(self.distortion)
        if count != len(names) and (self.lens, count) != ("pinhole", 8):
            raise SensorError(
                f"camera '{self.name}': the distortion of a lens '{self.lens}' takes {len(names)} coefficients "
                f"({' '.join(names)}), got {count}"
            )
        if self.lens == "double_sphere" and not (-1.0 < self.distortion[0] < 1.0 and 0.0 <= self.distortion[1] <= 1.0):
            raise SensorError(
                f"camera '{self.name}': a double sphere has xi in (-1, 1) and alpha in [0, 1], got "
                f"{self.distortion[0]:g} and {self.distortion[1]:g}"
            )
        if self.parallel and (not self.optics.perfect or self.imager.gain or self.shutter.longest_ns or self.droplets):
            raise SensorError(
                f"camera '{self.name}': a telecentric lens is perfect in this version, and its sensor is free of "
                "noise; leave vignetting, chromatic, lens.focus, lens.droplets, glare.share, noise.gain and "
                "exposure.time out, or take another lens"
            )
        if self.parallel and self.lit:
            raise SensorError(f"camera '{self.name}': a telecentric lens has no lamp beside it; leave illuminator out")
        if not 0.0 < self.circle_rad <= WHOLE_RAD:
            raise SensorError(
                f"camera '{self.name}': lens.circle must be in (0, 360] deg, got {math.degrees(self.circle_rad):g} deg"
            )
        if self.circle_rad < WHOLE_RAD and self.lens in ("pinhole", "equirectangular", "telecentric"):
            raise SensorError(f"camera '{self.name}': a lens '{self.lens}' has no image circle; leave lens.circle out")

    @classmethod
    def from_fov(
        cls, name: str, entity: int, mount_m: tuple[float, float, float], size_px: tuple[int, int], fov_rad: float,
        **options: object,
    ) -> CameraSpec:  # fmt: skip
        """A camera that looks along the carrier's +x, with a horizontal field of view and square pixels on the axis.

        The left and right edges of the picture lie at half the field of view; of a pinhole those of the picture
        without distortion. ``options``: further attributes.

        Raises:
            SensorError: the lens cannot see that far, or an attribute is wrong.
        """
        made = cls._of_size(name, entity, mount_m, size_px, options)
        f = made._focal_px(fov_rad)
        return replace(made, fx_px=f, fy_px=f)

    @classmethod
    def from_width(
        cls, name: str, entity: int, mount_m: tuple[float, float, float], size_px: tuple[int, int], width_m: float,
        **options: object,
    ) -> CameraSpec:  # fmt: skip
        """A camera with a telecentric lens that looks along the carrier's +x and shows so many metres across.

        ``options``: further attributes.

        Raises:
            SensorError: the width is not above 0, or an attribute is wrong.
        """
        if not (is_number(width_m) and 1e-3 <= width_m <= 1e6):
            raise SensorError(f"camera '{name}': lens.width must be above 0 m (0.001..1e6 m), got {width_m!r} m")
        made = cls._of_size(name, entity, mount_m, size_px, {**options, "lens": "telecentric"})
        f = size_px[0] / width_m
        return replace(made, fx_px=f, fy_px=f)

    @classmethod
    def _of_size(
        cls, name: str, entity: int, mount_m: tuple[float, float, float], size_px: tuple[int, int],
        options: dict[str, object],
    ) -> CameraSpec:  # fmt: skip
        """A camera with its principal point in the middle and a focal length of 1 px."""
        if len(mount_m) != 3 or not all(map(is_number, (*mount_m, *size_px))):
            raise SensorError(
                f"camera '{name}': a mount is three numbers of metres and a size two of pixels, got {mount_m!r} and "
                f"{size_px!r}"
            )
        pose = np.array(BODY_FROM_OPTICAL)
        pose[:3, 3] = mount_m
        lens = str(options.get("lens", "pinhole"))
        if "distortion" not in options and lens in LENSES:
            options = {**options, "distortion": complete(lens, {})}
        return cls(name, entity, pose, *size_px, 1.0, 1.0, size_px[0] / 2.0, size_px[1] / 2.0, **options)  # type: ignore[arg-type]

    def _focal_px(self, fov_rad: float) -> float:
        """Focal length for a horizontal field of view."""
        if not (is_number(fov_rad) and not 0.0 < fov_rad < _LEAST_FOV_RAD):
            raise SensorError(
                f"camera '{self.name}': fov must be a number of radians from {_LEAST_FOV_RAD:g} on, got {fov_rad!r}"
            )
        if self.lens == "pinhole":
            if not 0 < fov_rad < math.pi:
                raise SensorError(
                    f"camera '{self.name}': fov must be in (0, 180) deg, got {math.degrees(fov_rad):g} deg; other "
                    "lenses see more: write lens = fisheye"
                )
            return self.width_px / (2.0 * math.tan(fov_rad / 2.0))
        if not 0 < fov_rad <= WHOLE_RAD:
            raise SensorError(f"camera '{self.name}': fov must be in (0, 360] deg, got {math.degrees(fov_rad):g} deg")
        wide = wide_lens(self.lens, self.distortion, WHOLE_RAD)
        if isinstance(wide, Telecentric):
            raise SensorError(
                f"camera '{self.name}': a telecentric lens has no fov; say how many metres it shows across "
                "(lens.width, CameraSpec.from_width)"
            )
        if isinstance(wide, Panorama):
            return self.width_px / fov_rad
        end = wide.natural_end_rad
        edge = float(wide.radius(np.array([fov_rad / 2.0]))[0]) if fov_rad / 2.0 <= end else -1.0
        if not 0.0 < edge < 1e6:
            names, values = " ".join(LENSES[self.lens]), ", ".join(f"{k:g}" for k in self.distortion)
            reached = "less than" if math.isinf(wide.reach) else "up to"
            raise SensorError(
                f"camera '{self.name}': the lens '{self.lens}'{f' with ({names}) = ({values})' if names else ''} sees "
                f"{reached} {math.degrees(end):.2f} deg off axis, and fov asks for {math.degrees(fov_rad / 2.0):.2f} "
                f"deg; make {'the coefficients smaller or ' if names else ''}fov narrower"
            )
        return self.width_px / (2.0 * edge)

    def finer(self, times: int) -> CameraSpec:
        """The same view with so many pixels in place of one, each way."""
        return replace(
            self, width_px=times * self.width_px, height_px=times * self.height_px,
            fx_px=times * self.fx_px, fy_px=times * self.fy_px, cx_px=times * self.cx_px, cy_px=times * self.cy_px,
        )  # fmt: skip

    def matrix(self) -> F64Array:
        """The 3x3 intrinsic matrix."""
        return np.array([[self.fx_px, 0, self.cx_px], [0, self.fy_px, self.cy_px], [0, 0, 1.0]])


@dataclass(frozen=True, eq=False)
class LidarSpec:
    """A spinning LiDAR described by its beam table.

    Attributes:
        name, entity, entity_from_lidar: as for cameras; the LiDAR frame is x forward, y left, z up.
        model: name of the beam table ("uniform-64", "OS1-128").
        elevation_rad: (C,), per channel, top ring first is not required; ``ring`` is the index here.
        azimuth_offset_rad: (C,).
        firing_offset_ns: (C,), time of each channel within a column.
        columns: firings a revolution.
        period_ns: one revolution; a scan covers [t, t + period) and turns counter-clockwise from straight back
            (azimuth -pi) through straight ahead at half the period.
        range_min_m, range_max_m: reported ranges.
        divergence_rad: full beam divergence.
        range_noise_m: sigma at 10 % reflectance and half of the maximum range is derived from the link budget:
            sigma = range_noise_m / sqrt(SNR).
        reference_reflectance, reference_range_m: data-sheet point that fixes the link budget: a target of this
            reflectance is just detected at this range in clear air.
        sees_carrier, link: as for :class:`CameraSpec`.
        band: the light that it sends: "nir", 905 nm, or "swir", 1550 nm.
    """

    name: str
    entity: int
    entity_from_lidar: F64Array
    model: str
    elevation_rad: F64Array
    azimuth_offset_rad: F64Array
    firing_offset_ns: I64Array
    columns: int
    period_ns: int = 100_000_000
    range_min_m: float = 0.5
    range_max_m: float = 120.0
    divergence_rad: float = 0.003
    range_noise_m: float = 0.3
    reference_reflectance: float = 0.1
    reference_range_m: float = 60.0
    options: dict[str, float] = field(default_factory=dict[str, float])
    sees_carrier: bool = False
    link: str = ""
    band: str = "nir"

    @property
    def unseen(self) -> int:
        """Entity whose parts rays pass, or -1."""
        return -1 if self.sees_carrier else self.entity

    @property
    def channels(self) -> int:
        """Number of beams."""
        return len(self.elevation_rad)


SensorSpec = CameraSpec | LidarSpec | RadarSpec


def kind_of(spec: SensorSpec) -> Literal["camera", "lidar", "radar"]:
    """The word for a kind of sensor; a stereo pair is a camera."""
    match spec:
        case CameraSpec():
            return "camera"
        case LidarSpec():
            return "lidar"
        case RadarSpec():
            return "radar"


def mount_of(spec: SensorSpec) -> F64Array:
    """carrier_from_sensor, (4, 4); cameras: from optical axes."""
    match spec:
        case CameraSpec():
            return spec.entity_from_camera
        case LidarSpec():
            return spec.entity_from_lidar
        case RadarSpec():
            return spec.entity_from_radar


def mounted(spec: SensorSpec, mount: F64Array) -> SensorSpec:
    """The same sensor with another ``mount_of``."""
    match spec:
        case CameraSpec():
            return replace(spec, entity_from_camera=mount)
        case LidarSpec():
            return replace(spec, entity_from_lidar=mount)
        case RadarSpec():
            return replace(spec, entity_from_radar=mount)
