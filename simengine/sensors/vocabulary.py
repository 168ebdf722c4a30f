"""Kinds of sensors, their parameters and their closed lists of channels, as the language checks them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from simengine.sensors.imaging import BANDS, CFAS, READOUTS, TONES, Imager, Infrared, Optics, Processing
from simengine.sensors.lenses import LENSES
from simengine.sensors.radar import RadarSpec
from simengine.units import DIMENSIONS, NONE
from simengine.world.library import INT, NUMBER, Property, ValueType, enum, quantity

__all__ = ["EQUIPMENT", "SENSOR_KINDS", "Channel", "SensorKind", "default"]


@dataclass(frozen=True)
class Channel:
    """A channel that ``record`` can name.

    Attributes:
        name: its word.
        doc: one line.
        runs: False: it checks and is not written by this version.
        also: another word for the same channel.
    """

    name: str
    doc: str = ""
    runs: bool = True
    also: str = ""


@dataclass(frozen=True)
class SensorKind:
    """A kind of sensor.

    Attributes:
        name: its word.
        properties: what the call and the block may set (dotted names in the block only).
        channels: everything that ``record`` may ask of it.
        runs: False: it checks and is not simulated by this version.
        doc: one line.
    """

    name: str
    properties: tuple[Property, ...]
    channels: tuple[Channel, ...]
    runs: bool = True
    doc: str = ""

    def channel(self, name: str) -> Channel | None:
        """The channel of this name or other word, or None."""
        return next((c for c in self.channels if name and name in (c.name, c.also)), None)


_SIZE = ValueType("vector", NONE, length=2)
_MOUNT = ValueType("vector", DIMENSIONS["length"], length=3)
_LENGTH, _ANGLE, _TIME, _SPEED = quantity("length"), quantity("angle"), quantity("time"), quantity("speed")
_DEGREE = math.radians(1.0)
_INF = math.inf
_LAT = math.radians(48.0)


def _radar(name: str) -> Any:
    """What a radar has where nothing is said."""
    return RadarSpec.__dataclass_fields__[name].default


_MOUNTED = (
    Property(
        "mount",
        _MOUNT,
        None,
        -100.0,
        100.0,
        "position on the carrier (forward, left, up); default by carrier, at its tail for cameras that look back",
    ),
    Property("yaw", _ANGLE, 0.0, -math.tau, math.tau, "turned to the left"),
    Property("pitch", _ANGLE, 0.0, -math.pi, math.pi, "turned down"),
    Property("roll", _ANGLE, 0.0, -math.pi, math.pi, "turned about the viewing direction"),
)
_SIZED = Property("size", _SIZE, (640.0, 480.0), 1.0, 8192.0, "width and height in pixels", whole=True)


def _fov(most: float, doc: str) -> Property:
    return Property("fov", _ANGLE, math.radians(60.0), math.radians(0.1), math.radians(most), doc)


_EXPOSED = (
    Property("exposure", enum("auto", "fixed"), "auto", doc="metered every frame, or as exposure_ev says"),
    Property(
        "exposure_ev",
        NUMBER,
        0.0,
        -20.0,
        20.0,
        "auto: compensation in stops, +1 is twice as bright; fixed: the exposure value (EV100), +1 is half as bright",
    ),
    Property("lens.droplets", NUMBER, 0.0, 0.0, 1.0, "share of the lens covered by rain drops"),
    Property(
        "noise.gain",
        NUMBER,
        0.0,
        0.0,
        1000.0,
        "gain of the sensor (with exposure.time: the least); 0: none, or as it needs",
    ),
    Property("rolling_shutter", _TIME, 0.0, 0.0, 1.0, "time over which the rows are read; 0: at once"),
    Property("rolling_shutter.direction", enum(*READOUTS), "down", doc="which way: rows down or up, or columns"),
)
_GLASS = (
    Property("vignetting", enum("none", "natural"), "none", doc="natural: cos^4 of the angle off axis"),
    *(
        Property(f"vignetting.a{k}", NUMBER, 0.0, -100.0, 100.0, f"of r^{2 * k} in the measured fall-off")
        for k in (1, 2, 3)
    ),
    Property("chromatic.red", NUMBER, 0.0, -0.1, 0.1, "share by which the red picture is larger than the green one"),
    Property("chromatic.blue", NUMBER, 0.0, -0.1, 0.1, "share by which the blue picture is larger than the green one"),
    Property("lens.f_number", NUMBER, Optics.f_number, 0.5, 64.0, "focal length over aperture"),
    Property(
        "lens.focal_length", _LENGTH, Optics.focal_length_m, 0.0005, 1.0, "with fov and size: of what size pixels are"
    ),
    Property("lens.focus", _LENGTH, 0.0, 0.0, 1e6, "distance that is sharp; 0: everything is"),
    Property("glare.share", NUMBER, 0.0, 0.0, 0.9, "of the light, scattered in the lens"),
    Property("glare.size", _ANGLE, Optics.glare_rad, 1e-4, 1.0, "over which scattered light falls to 1 / e"),
)
_SENSOR = (
    Property("exposure.time", _TIME, 0.0, 0.0, 1.0, "longest exposure, before gain sets in; 0: exposure has no time"),
    Property("exposure.mains", quantity("frequency"), 0.0, 0.0, 1000.0, "of flickering lamps; 0: any time will do"),
    Property("exposure.delay", INT, 0.0, 0.0, 100.0, "images between metering and its effect"),
    Property("exposure.brighten", _TIME, 0.0, 0.0, 100.0, "time constant with which exposure follows darkness"),
    Property("exposure.darken", _TIME, 0.0, 0.0, 100.0, "time constant with which exposure follows brightness"),
    Property("exposure.samples", INT, 1.0, 1.0, 256.0, "instants of an exposure that are averaged: motion blur"),
    Property("imager.quantum_efficiency", NUMBER, Imager.quantum_efficiency, 0.01, 1.0, "electrons a photon"),
    Property("imager.full_well", NUMBER, Imager.full_well_e, 100.0, 1e6, "electrons that a pixel holds"),
    Property("imager.read_noise", NUMBER, Imager.read_noise_e, 0.0, 1000.0, "standard deviation, electrons"),
    Property("imager.dark_current", NUMBER, 0.0, 0.0, 1e5, "electrons a second, at 25 C"),
    Property("imager.temperature", quantity("temperature"), Imager.temperature_k, 200.0, 400.0, "of the sensor"),
    Property("imager.doubling", NUMBER, Imager.doubling_k, 1.0, 100.0, "kelvins that double the dark current"),
    Property("imager.hot_pixels", NUMBER, 0.0, 0.0, 1.0, "share of the pixels with a dark current of their own"),
    Property("imager.hot_current", NUMBER, Imager.hot_current_eps, 0.0, 1e5, "its mean, electrons a second, at 25 C"),
    Property("imager.prnu", NUMBER, 0.0, 0.0, 0.5, "standard deviation of the pixels' sensitivity over its mean"),
    Property("imager.dsnu", NUMBER, 0.0, 0.0, 1000.0, "standard deviation of the pixels' dark signal, electrons"),
    Property("imager.bits", INT, None, 4.0, 16.0, "of a raw number; default: 12, of a thermal camera 14"),
    Property("imager.serial", INT, 0.0, 0.0, 1e9, "decides, with the name, the fixed pattern of the pixels"),
    Property("imager.cfa", enum(*CFAS), "none", doc="colour filters; none: a sensor for each colour, mono: no colours"),
    Property("imager.red", NUMBER, 1.0, 0.05, 10.0, "response of red pixels to white, against green ones"),
    Property("imager.blue", NUMBER, 1.0, 0.05, 10.0, "response of blue pixels to white, against green ones"),
    Property("imager.crosstalk", NUMBER, 0.0, 0.0, 0.3, "share of each other colour that a filter lets pass"),
    Property("imager.white_balance", enum("fixed", "auto"), "fixed", doc="for white light, or a grey world"),
    Property("isp.tone", enum(*TONES), "film", doc="tone curve: film holds highlights, srgb clips at white"),
    Property("isp.sharpen", NUMBER, 0.0, 0.0, 10.0, "share of the difference to a blurred picture that is added"),
    Property("isp.radius", NUMBER, Processing.radius_px, 0.1, 20.0, "standard deviation of that blur, pixels"),
    Property("isp.jpeg", INT, 0.0, 0.0, 100.0, "quality of JPEG compression; 0: none"),
)  # fmt: skip
_KELVIN = quantity("temperature")
_INFRARED = (
    Property("band", enum(*BANDS), "visible", doc="light that it sees: nir is about 900 nm, lwir heat of 8 to 14 um"),
    Property("thermal.netd", _KELVIN, Infrared.netd_k, 0.0, 100.0, "noise of a thermal camera at 300 K"),
    Property("thermal.pattern", _KELVIN, Infrared.pattern_k, 0.0, 100.0, "fixed pattern that its correction leaves"),
    Property("thermal.low", _KELVIN, Infrared.low_k, 100.0, 1300.0, "temperature of the smallest number"),
    Property("thermal.high", _KELVIN, Infrared.high_k, 100.0, 1300.0, "temperature of the largest number"),
    Property("illuminator", NUMBER, 0.0, 0.0, 1e6, "of a near-infrared camera: W/sr of a lamp beside its lens"),
)
EQUIPMENT = ("noise.gain", *(p.name for p in (*_GLASS, *_SENSOR, *_INFRARED)))
"""Properties of cameras that ``equipment.equipment`` reads."""
_STEREO = (_SIZED, _fov(179.0, "horizontal field of view"), *_EXPOSED, *_GLASS, *_SENSOR, *_INFRARED)
_COEFFICIENTS = {
    **dict.fromkeys(LENSES["pinhole"], "Brown-Conrady coefficient, OpenCV's order"),
    **dict.fromkeys(("s1", "s2", "s3", "s4"), "thin prism coefficient, as OpenCV's"),
    **dict.fromkeys(("k1", "k2", "k3", "k4"), "coefficient of pinhole (Brown-Conrady, as OpenCV's), fisheye or ftheta"),
    **dict.fromkeys(("k5", "k6"), "coefficient of pinhole (as OpenCV's) or ftheta"),
    "xi": "distance of the two spheres of double_sphere",
    "alpha": "of double_sphere; default: 0.5",
}
_IMAGE = (
    _SIZED,
    _fov(360.0, "horizontal field of view; of a pinhole below 180 deg"),
    Property("lens", enum(*LENSES), "pinhole", doc="how directions come to places in the picture"),
    Property("lens.width", _LENGTH, None, 0.01, 10_000.0, "of a telecentric lens: what it shows from left to right"),
    *_EXPOSED,
    Property(
        "lens.circle", _ANGLE, None, math.radians(0.1), math.tau, "image circle, across; default: as far as it sees"
    ),
    *(
        Property(f"distortion.{k}", NUMBER, 0.0 if k in LENSES["pinhole"][:8] else None, -100.0, 100.0, doc)
        for k, doc in _COEFFICIENTS.items()
    ),
    *_GLASS,
    *_SENSOR,
    *_INFRARED,
)
_IMAGE_CHANNELS = (
    Channel("rgb", "8-bit colour"),
    Channel("depth", "distance along the optical axis"),
    Channel("range", "distance along the ray"),
    Channel("normal", "surface normals in the camera frame", also="normals"),
    Channel("albedo", "surface colour without light"),
    Channel("semantic", "class of each pixel"),
    Channel("instance", "entity of each pixel"),
    Channel("part", "part of the entity of each pixel"),
    Channel("material", "material of each pixel"),
    Channel("position", "place of each pixel's point on its part, in the part's own frame"),
    Channel("flow", "motion of each pixel to the next frame"),
    Channel("flow_mask", "which pixels are seen in the next frame, too"),
    Channel("flow_back", "motion of each pixel to the frame before"),
    Channel("flow_back_mask", "which pixels were seen in the frame before"),
    Channel("box2d", "visible and amodal boxes, occlusion, truncation"),
    Channel("box3d", "oriented boxes with tracks"),
    Channel("amodal", "mask of each thing as if nothing stood before it"),
    Channel("pose6d", "pose of each thing in the camera's frame"),
    Channel("panoptic", "class and thing of each pixel in one id"),
    Channel("scene_flow", "motion of each pixel's point in space to the next frame"),
    Channel("time_to_collision", "until each pixel's point is here, at its present rate"),
    Channel("radiance", "linear light before lens and sensor"),
    Channel("raw", "numbers of the sensor behind its colour filters"),
    Channel("matte", "which things share each pixel, and how: of sixteen rays"),
    Channel("temperature", "of each pixel's surface, kelvin"),
    Channel("keypoints", "named points of people, vehicles and others, with visibility"),
)

SENSOR_KINDS: dict[str, SensorKind] = {
    k.name: k
    for k in (
        SensorKind("camera", (*_IMAGE, *_MOUNTED), _IMAGE_CHANNELS, True, "camera with any lens"),
        SensorKind(
            "lidar",
            (
                Property("channels", INT, 64.0, 1.0, 256.0, "number of beams (uniform, where no model is given)"),
                Property("columns", INT, None, 1.0, 8192.0, "firings a revolution; default: 1024, or the model's"),
                Property("range", _LENGTH, 120.0, 1.0, 1000.0, "largest reported range"),
                Property("range_min", _LENGTH, 0.5, 0.0, 100.0, "smallest reported range"),
                Property("model", ValueType("string"), None, doc='name of a beam table ("OS1-128")'),
                Property("band", enum("nir", "swir"), "nir", doc="light that it sends: nir is 905 nm, swir 1550 nm"),
                *_MOUNTED,
            ),
            (
                Channel("points", "x, y, z in the sensor frame"),
                Channel("intensity", "calibrated reflectance"),
                Channel("ring", "beam index"),
                Channel("time", "offset in the scan"),
                Channel("instance", "entity of each point"),
                Channel("semantic", "class of each point"),
                Channel("box3d", "oriented boxes with tracks and point counts"),
            ),
            True,
            "spinning LiDAR",
        ),
        SensorKind(
            "stereo",
            (Property("baseline", _LENGTH, 0.12, 0.001, 10.0, "distance of the two cameras"), *_STEREO, *_MOUNTED),
            (
                *_IMAGE_CHANNELS,
                Channel("rgb_right", "8-bit colour of the right camera"),
                Channel("disparity", "pixels by which the right image is shifted: fx * baseline / depth"),
                Channel("disparity_mask", "which pixels both cameras see"),
            ),
            True,
            "rectified pair of cameras; pose, labels and all other channels are those of the left one",
        ),
        SensorKind(
            "radar",
            (
                Property("range", _LENGTH, 200.0, 1.0, 1000.0, "largest reported range"),
                Property("range_min", _LENGTH, 0.5, 0.0, 100.0, "smallest reported range"),
                Property("fov", _ANGLE, _radar("fov_rad"), _DEGREE, 150.0 * _DEGREE, "field of view across"),
                Property("elevation_fov", _ANGLE, _radar("elevation_fov_rad"), _DEGREE, 90.0 * _DEGREE, "and upright"),
                Property("resolution.range", _LENGTH, _radar("range_resolution_m"), 0.03, 20.0, "of a range cell"),
                Property(
                    "resolution.azimuth",
                    _ANGLE,
                    _radar("azimuth_resolution_rad"),
                    0.2 * _DEGREE,
                    45.0 * _DEGREE,
                    "half-power width of a beam, straight ahead",
                ),
                Property(
                    "resolution.elevation",
                    _ANGLE,
                    _radar("elevation_resolution_rad"),
                    0.2 * _DEGREE,
                    90.0 * _DEGREE,
                    "of the measurement of elevation",
                ),
                Property("resolution.speed", _SPEED, _radar("speed_resolution_mps"), 0.01, 10.0, "of a Doppler cell"),
                Property(
                    "speed_max", _SPEED, _radar("speed_max_mps"), 1.0, 200.0, "unambiguous radial speed, both ways"
                ),
                Property("frequency", quantity("frequency"), _radar("frequency_hz"), 20e9, 140e9, "of the carrier"),
                Property("power", NUMBER, _radar("power_dbm"), -30.0, 40.0, "sent, in dBm"),
                Property("noise_figure", NUMBER, _radar("noise_figure_db"), 0.0, 60.0, "of the receiver, in dB"),
                Property("losses", NUMBER, _radar("losses_db"), 0.0, 60.0, "of windows, radome and detection, in dB"),
                Property("false_alarm", NUMBER, _radar("false_alarm"), 1e-12, 1e-3, "probability in a cell of noise"),
                Property("fluctuation", enum("swerling1", "none"), "swerling1", doc="of echoes, from scan to scan"),
                *_MOUNTED,
            ),
            (
                Channel("detections", "range, direction, radial speed, radar cross-section, thing"),
                Channel("box3d", "oriented boxes with tracks"),
            ),
            True,
            "automotive FMCW radar: a list of detections",
        ),
        SensorKind(
            "imu",
            (
                Property("noise.acceleration", NUMBER, 1.5e-3, 0.0, 100.0, "white noise, m/s2/sqrt(hz)"),
                Property("noise.gyro", NUMBER, 1.5e-4, 0.0, 10.0, "white noise, rad/s/sqrt(hz)"),
                Property("walk.acceleration", NUMBER, 1e-4, 0.0, 100.0, "random walk of the bias, m/s3/sqrt(hz)"),
                Property("walk.gyro", NUMBER, 2e-6, 0.0, 10.0, "random walk of the bias, rad/s2/sqrt(hz)"),
                *_MOUNTED,
            ),
            (
                Channel("acceleration", "specific force in the sensor's axes, gravity included"),
                Channel("gyro", "angular velocity in the sensor's axes"),
            ),
            True,
            "inertial measurement unit; samples are a table of their own, not part of frames",
        ),
        SensorKind(
            "gnss",
            (
                Property("origin.latitude", _ANGLE, _LAT, -math.pi / 2, math.pi / 2, "of the world's origin"),
                Property("origin.longitude", _ANGLE, math.radians(11.0), -math.pi, math.pi, "of the world's origin"),
                Property("origin.altitude", _LENGTH, 500.0, -1000.0, 10000.0, "over the ellipsoid"),
                Property("origin.heading", _ANGLE, math.pi / 2, -math.tau, math.tau, "of x, clockwise from north"),
                Property("noise.horizontal", _LENGTH, 0.5, 0.0, 1000.0, "white noise an axis, standard deviation"),
                Property("noise.vertical", _LENGTH, 1.0, 0.0, 1000.0, "white noise, standard deviation"),
                Property("noise.velocity", quantity("speed"), 0.05, 0.0, 100.0, "white noise an axis"),
                Property("drift", _LENGTH, 1.0, 0.0, 1000.0, "slow error an axis, twice as large upwards"),
                Property("drift_time", _TIME, 60.0, 0.01, 1e5, "correlation time of the slow error"),
                Property("dropout", NUMBER, 0.0, 0.0, 1.0, "probability that a sample has no fix"),
                *_MOUNTED,
            ),
            (
                Channel("position", "latitude, longitude, altitude (WGS-84)"),
                Channel("velocity", "east, north, up"),
            ),
            True,
            "satellite navigation receiver; samples are a table of their own, not part of frames",
        ),
    )
}
"""Sensor kinds by name. ``runs=False`` kinds check and say that they do not run yet."""


def default(kind: str, name: str) -> Any:
    """Default value of a property of a kind of sensor, in SI units."""
    return next(p.default for p in SENSOR_KINDS[kind].properties if p.name == name)
