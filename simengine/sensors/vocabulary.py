"""Kinds of sensors, their parameters and their closed lists of channels, as the language checks them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from simengine.sensors.specs import DISTORTION
from simengine.units import DIMENSIONS, NONE
from simengine.world.library import INT, NUMBER, Property, ValueType, enum, quantity

__all__ = ["SENSOR_KINDS", "Channel", "SensorKind", "default"]


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
_LENGTH, _ANGLE, _TIME = quantity("length"), quantity("angle"), quantity("time")
_INF = math.inf

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
_IMAGE = (
    Property("size", _SIZE, (640.0, 480.0), 1.0, 8192.0, "width and height in pixels", whole=True),
    Property("fov", _ANGLE, math.radians(60.0), math.radians(0.1), math.radians(179.0), "horizontal field of view"),
    Property("exposure", enum("auto", "fixed"), "auto", doc="metered every frame, or as exposure_ev says"),
    Property("exposure_ev", NUMBER, 0.0, -20.0, 20.0, "compensation in stops, or the fixed exposure"),
    Property("lens.droplets", NUMBER, 0.0, 0.0, 1.0, "share of the lens covered by rain drops"),
    *(
        Property(f"distortion.{k}", NUMBER, 0.0, -100.0, 100.0, "Brown-Conrady coefficient, OpenCV's order")
        for k in DISTORTION
    ),
    Property("noise.gain", NUMBER, 1.0, 0.0, 1000.0, "sensor gain", runs=False),
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
    Channel("flow", "motion of each pixel to the next frame"),
    Channel("box2d", "visible and amodal boxes, occlusion, truncation"),
    Channel("box3d", "oriented boxes with tracks"),
    Channel("pose6d", "pose of each object", runs=False),
    Channel("keypoints", "joints of people", runs=False),
)

SENSOR_KINDS: dict[str, SensorKind] = {
    k.name: k
    for k in (
        SensorKind("camera", (*_IMAGE, *_MOUNTED), _IMAGE_CHANNELS, True, "pinhole camera with lens distortion"),
        SensorKind(
            "lidar",
            (
                Property("channels", INT, 64.0, 1.0, 256.0, "number of beams (uniform, where no model is given)"),
                Property("columns", INT, None, 1.0, 8192.0, "firings a revolution; default: 1024, or the model's"),
                Property("range", _LENGTH, 120.0, 1.0, 1000.0, "largest reported range"),
                Property("range_min", _LENGTH, 0.5, 0.0, 100.0, "smallest reported range"),
                Property("model", ValueType("string"), None, doc='name of a beam table ("OS1-128")'),
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
            (Property("baseline", _LENGTH, 0.12, 0.001, 10.0, "distance of the two cameras"), *_IMAGE, *_MOUNTED),
            (*_IMAGE_CHANNELS, Channel("disparity", "shift between the images", runs=False)),
            False,
            "pair of cameras",
        ),
        SensorKind(
            "radar",
            (Property("range", _LENGTH, 200.0, 1.0, 1000.0), Property("fov", _ANGLE, 1.0, 0.01, 6.3), *_MOUNTED),
            (Channel("detections", runs=False), Channel("box3d", runs=False)),
            False,
            "radar detections",
        ),
        SensorKind("imu", _MOUNTED, (Channel("acceleration", runs=False), Channel("gyro", runs=False)), False),
        SensorKind("gnss", _MOUNTED, (Channel("position", runs=False), Channel("velocity", runs=False)), False),
    )
}
"""Sensor kinds by name. ``runs=False`` kinds check and say that they do not run yet."""


def default(kind: str, name: str) -> Any:
    """Default value of a property of a kind of sensor, in SI units."""
    return next(p.default for p in SENSOR_KINDS[kind].properties if p.name == name)
