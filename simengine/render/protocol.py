"""What a renderer is, what it returns, and the closed set of channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from simengine.arrays import Array, BoolArray, F64Array
from simengine.sensors.faults import ReadingFault
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = [
    "BETWEEN_FRAMES",
    "CAMERA_CHANNELS",
    "DETECTION_FIELDS",
    "FINE_CHANNELS",
    "LABEL_CHANNELS",
    "MOMENT_NS",
    "MOTION_CHANNELS",
    "POINT_FIELDS",
    "SENSOR_CHANNELS",
    "STEREO_CHANNELS",
    "CameraReading",
    "Instants",
    "LidarReading",
    "NoiseKey",
    "RadarReading",
    "RenderOptions",
    "Renderer",
    "RollingRenderer",
    "RowsAt",
    "Silhouette",
]  # fmt: skip

CAMERA_CHANNELS: Mapping[str, str] = {
    "rgb": "uint8 (H, W, 3), sRGB",
    "depth": "float32 (H, W), z along the optical axis in metres, +inf where nothing was hit",
    "range": "float32 (H, W), metres along the ray, +inf where nothing was hit",
    "normal": "float32 (H, W, 3), unit, camera optical axes, towards the camera; 0 where nothing was hit",
    "albedo": "float32 (H, W, 3), linear RGB; 0 where nothing was hit",
    "semantic": "int32 (H, W), class id; sky where nothing was hit",
    "instance": "int32 (H, W), index into Scene.entities; -1 where nothing was hit",
    "part": "int32 (H, W), index into Scene.parts; -1 where nothing was hit",
    "material": "int32 (H, W), index into Scene.materials; -1 where nothing was hit",
    "position": "float32 (H, W, 3), hit point in the mesh's own frame (object space), metres; 0 where nothing",
    "flow": "float32 (H, W, 2), pixels from this frame to the next (u right, v down); sky moves with the rotation",
    "radiance": "float32 (H, W, 3), linear RGB before lens, exposure and sensor; lamps that flicker at their mean. Of "
    "band = lwir W / (m2 sr) in 8 to 14 micrometres, three times the same",
    "lens_occlusion": "float32 (H, W), share of the pixel covered by drops or dirt on the lens",
}
"""Every camera channel with its dtype, shape and meaning. All but light come from the centre ray of the pixel."""

STEREO_CHANNELS: Mapping[str, str] = {
    "rgb_right": "uint8 (H, W, 3), sRGB, of the right camera",
    "disparity": "float32 (H, W), pixels between the two images: fx * baseline / depth; 0 where nothing was hit",
    "disparity_mask": "uint8 (H, W): 0 where nothing was hit, 128 seen by the left one only, 255 seen by both",
}
"""Channels of a stereo pair beside those of its left camera; made from readings of both, not by renderers."""

LABEL_CHANNELS: Mapping[str, str] = {
    "panoptic": "int32 (H, W), class of stuff; class + 256 (instance + 1) of countable things",
    "scene_flow": "float32 (H, W, 3), metres: the pixel's point in the next camera frame less that in this one; or NaN",
    "time_to_collision": "float32 (H, W), seconds until the range is used up at the present rate, +inf if it grows",
    "temperature": "float32 (H, W), kelvin, of the surface itself; of the sky the apparent one in 8 to 14 micrometres",
}
"""Labels that follow from other channels and from the states; made from readings, not by renderers."""

MOTION_CHANNELS: Mapping[str, str] = {
    "flow_mask": "uint8 (H, W): 0 nothing or gone in the next frame, 128 hidden or outside of it, 255 seen there",
    "flow_back": "float32 (H, W, 2), pixels from this frame to the one before; NaN in the first one",
    "flow_back_mask": "uint8 (H, W): as flow_mask, of the frame before; 0 in the first one",
}
BETWEEN_FRAMES = ("flow", "scene_flow", "time_to_collision", *MOTION_CHANNELS)
"""All channels that say how things move from frame to frame."""
"""Labels that are made by asking renderers about the frames before and after as well."""

SENSOR_CHANNELS: Mapping[str, str] = {
    "raw": "uint16 (H, W), numbers of the pixels behind their colour filters",
}
"""Channels of cameras that their sensors make of light, not renderers."""

FINE_CHANNELS: Mapping[str, str] = {
    "matte": "float32 (H, W, 4), what has most of the pixel: instance, share, instance, share; -1 and 0: none",
}
"""Channels that are made of many rays a pixel, by asking renderers again."""

POINT_FIELDS: Mapping[str, str] = {
    "xyz": "float32 (N, 3), metres, raw: in the LiDAR frame at the point's own time",
    "xyz_deskewed": "float32 (N, 3), metres, in the LiDAR frame at the start of the scan",
    "range": "float32 (N,), metres, measured",
    "intensity": "float32 (N,), 0..255 calibrated reflectivity: 100 = 100 % diffuse, above: retroreflectors",
    "ring": "int32 (N,), channel index",
    "column": "int32 (N,), firing index",
    "time_offset_ns": "int32 (N,), after the start of the scan",
    "instance": "int32 (N,), -1 for points in the air (rain, fog)",
    "semantic": "int32 (N,), class id, -1 for points in the air",
}

DETECTION_FIELDS: Mapping[str, str] = {
    "xyz": "float32 (N, 3), metres, in the radar frame",
    "range": "float32 (N,), metres, measured",
    "azimuth": "float32 (N,), radians to the left",
    "elevation": "float32 (N,), radians upwards",
    "radial_speed": "float32 (N,), m/s, measured: range rate, positive: away, folded into the unambiguous interval",
    "radial_speed_ground": "float32 (N,), m/s, the same without the radar's own motion: 0 for what stands",
    "rcs": "float32 (N,), dBsm, radar cross-section by the radar equation of clear air",
    "snr": "float32 (N,), dB, power over that of noise",
    "instance": "int32 (N,), thing that gives most of the power; -1 for noise",
    "semantic": "int32 (N,), its class; -1 for noise",
}
"""Every field of a radar's detections with its dtype, shape and meaning."""

MOMENT_NS = 1_000_000
"""Between the two states that tell a radar how fast everything moves."""


@dataclass(frozen=True)
class NoiseKey:
    """What device noise is keyed by: run seed and variant make the Philox key, frame its counter."""

    seed: int
    variant: int
    frame: int


@dataclass(frozen=True, eq=False)
class Instants:
    """States of one frame. All modalities of a frame come from these.

    Attributes:
        start: shutter opens, scan starts.
        stop: state at ``start.time_ns + period`` of the sensor (LiDAR: end of the revolution); poses in between are
            interpolated (linear translation, slerp). Of a radar: ``MOMENT_NS`` later, for speeds.
        next: state of the next frame, for optical flow; None: no flow can be asked for.
    """

    start: WorldState
    stop: WorldState
    next: WorldState | None = None


@dataclass(frozen=True, eq=False)
class RowsAt:
    """Rows [first, stop) of an image, and the states of their instant."""

    first: int
    stop: int
    instants: Instants


@dataclass(frozen=True, eq=False)
class CameraReading:
    """One image: only the channels that were asked for. Renderers leave ``fault`` alone."""

    spec: CameraSpec
    time_ns: int
    world_from_camera: F64Array
    channels: Mapping[str, Array]
    exposure_ev: float = 0.0
    fault: ReadingFault | None = None


@dataclass(frozen=True, eq=False)
class LidarReading:
    """One scan: ``points`` holds every field of ``POINT_FIELDS``; rays without a return make no point."""

    spec: LidarSpec
    time_ns: int
    world_from_lidar: F64Array
    points: Mapping[str, Array]
    fault: ReadingFault | None = None


@dataclass(frozen=True, eq=False)
class RadarReading:
    """One scan: ``detections`` holds every field of ``DETECTION_FIELDS``, in the order of range."""

    spec: RadarSpec
    time_ns: int
    world_from_radar: F64Array
    detections: Mapping[str, Array]
    fault: ReadingFault | None = None


@dataclass(frozen=True, eq=False)
class Silhouette:
    """Amodal mask of one entity: pixels whose centre ray meets it when it is alone in the world.

    ``mask`` covers the window [y0, y0 + h) x [x0, x0 + w) of the image.
    """

    entity: int
    x0: int
    y0: int
    mask: BoolArray


@dataclass(frozen=True)
class RenderOptions:
    """Options of a run that are no part of the scenario.

    Attributes:
        device: "auto", "cpu" or "cuda".
        samples: rays a pixel for rgb; None: as the camera says.
        threads: on the CPU; None: one for each processor.
        on_device: channels and points stay arrays of the device, which others take over without a copy by DLPack
            (``torch.from_dlpack``), instead of NumPy arrays. Not every renderer can.
    """

    device: str = "auto"
    samples: int | None = None
    threads: int | None = None
    on_device: bool = False
    trace: str = "auto"  # "embree", "warp": which nearest-hit query (auto: Embree on the CPU where it is found)
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


class Renderer(Protocol):
    """A renderer opened on one scene. Entry point: ``open_renderer(scene, options) -> Renderer``."""

    name: str
    scene: Scene

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """Render one image with the channels asked for (names of ``CAMERA_CHANNELS``)."""
        ...

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """Fire one revolution; every ray has its own time between ``instants.start`` and ``instants.stop``."""
        ...

    def radar(self, spec: RadarSpec, instants: Instants, noise: NoiseKey) -> RadarReading:
        """One scan of a radar at ``instants.start``."""
        ...

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks of entities, each inside its window (x0, y0, x1, y1) in whole pixels, in the given order."""
        ...

    def close(self) -> None:
        """Free what was opened; the renderer cannot be used afterwards."""
        ...


@runtime_checkable
class RollingRenderer(Renderer, Protocol):
    """A renderer that can take an image whose rows have instants of their own; the engine sets it together of windows
    of the image for others.

    Attributes:
        row_step: rows of an instant begin at multiples of this.
    """

    row_step: int

    def rolled(
        self, spec: CameraSpec, rows: Sequence[RowsAt], channels: Sequence[str], noise: NoiseKey
    ) -> CameraReading:
        """Render one image, of rows that cover it from top to bottom. Time and pose are those of the middle ones.

        Light is metered, and rain and the drops on the lens are drawn, for the whole image."""
        ...
