"""The camera of the raster renderer: two passes and the way back to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from OpenGL import GL

from simengine.arrays import Array, BoolArray, F32Array, F64Array
from simengine.errors import UsageError, did_you_mean
from simengine.geometry import transforms as tf
from simengine.render.protocol import CAMERA_CHANNELS, CameraReading, Instants, NoiseKey, Silhouette
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raster.context import GlContext
from simengine_renderers.raster.filling import (
    IDS,
    LIGHT,
    MOVED,
    PAINT,
    PLACE,
    SHAPE,
    Fill,
    Film,
    Sight,
    Stage,
    Window,
    only,
)
from simengine_renderers.raster.film import develop, weathered
from simengine_renderers.raster.geometry import Geometry, Moment, pose_rows
from simengine_renderers.raster.lighting import Lighting
from simengine_renderers.raster.passes import Pass, behind, through
from simengine_renderers.raster.traced import Traced
from simengine_renderers.raster.view import Pinhole
from simengine_renderers.raytrace.beams import Beams
from simengine_renderers.raytrace.edges import PLACES, faintest, steep
from simengine_renderers.raytrace.falling import falls_at
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.lens import lens_of
from simengine_renderers.raytrace.presets import Preset
from simengine_renderers.raytrace.sampling import strata

__all__ = ["CameraRenderer"]

_IMAGE = {
    "depth": SHAPE, "range": SHAPE, "normal": SHAPE, "instance": IDS, "semantic": IDS, "part": IDS,
    "material": IDS, "albedo": PAINT, "position": PLACE, "flow": MOVED, "rgb": LIGHT, "radiance": LIGHT,
}  # fmt: skip
_ID = ("instance", "semantic", "part", "material")
_FILMS = 4  # cameras whose images are kept
_NOTHING = np.array([-1, -1, 0, 0], np.int32)
_NO_PANE = np.array([-2, -1, 0, 0], np.int32)


class CameraRenderer:
    """Images of one scene. Every method needs the context to be current."""

    def __init__(
        self, scene: Scene, context: GlContext, samples: int | None, traced: Traced, preset: Preset
    ) -> None:  # fmt: skip
        self._scene, self._context, self._samples, self._preset = scene, context, samples, preset
        self._poses = Poses(scene)
        self._geometry = Geometry(scene, context)
        self._see = Pass(context, "seen.frag")
        self._shade = Pass(context, "shadow.frag")
        self._lighting, self._traced = Lighting(scene, self._geometry), traced
        self._fill = Fill(context, self._geometry, self._lighting, traced)
        self._films: list[Film] = []

    def render(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """One image (protocol: ``Renderer.camera``)."""
        _check_channels(channels, instants)
        film, state = self._film(spec), instants.start
        pose = self._poses.sensor(state, spec)
        now = Moment(self._poses.parts(state), self._poses.present(state), self._scene.shining(state))
        rgb = bool({"rgb", "radiance"} & set(channels))
        light = self._lighting.prepare(self._shade, now, state, pose) if rgb else {}
        wanted = {_IMAGE[name] for name in channels if name in _IMAGE}
        falls = rgb and falls_at(self._scene, pose[:3, 3])
        wanted |= {SHAPE} if falls else set()
        samples = max(1, spec.samples if self._samples is None else self._samples)
        lens = lens_of(spec, noise) if spec.droplets > 0 and {"rgb", "lens_occlusion"} & set(channels) else None
        images: dict[str, Array] = {}
        if wanted:
            self._geometry.poses.write(self._pose_table(spec, instants, now, pose, "flow" in channels))
            if rgb:
                self._traced.look(spec, instants)
            first = wanted - {LIGHT} if samples > 1 else wanted
            if first:
                self._draw(film, pose, now, first, instants, light, (0.0, 0.0))
                images = _images(film, first, channels)
        ev = 0.0
        if rgb:
            hdr = self._radiance(film, pose, now, instants, light, samples)
            velocity = self._velocity(spec, instants)
            beams = Beams(pose[:3, :3], *self._lighting.lamps_around(state, pose[:3, 3]))
            open_m = images["range"] if falls else None
            weathered(hdr, spec, self._lighting.sky, self._scene.environment, velocity, lens, noise, beams, open_m)
            if "radiance" in channels:
                images["radiance"] = hdr
            if "rgb" in channels:
                ev, images["rgb"] = develop(hdr, spec, self._scene.environment, state.time_ns)
        if "lens_occlusion" in channels:
            clear = np.zeros((spec.height_px, spec.width_px), np.float32)
            images["lens_occlusion"] = clear if lens is None else lens.cover.copy()
        return CameraReading(spec, state.time_ns, pose, {name: images[name] for name in channels}, ev)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks (protocol: ``Renderer.silhouettes``)."""
        film = self._film(spec)
        pose = self._poses.sensor(state, spec)
        now = Moment(self._poses.parts(state), self._poses.present(state))
        self._geometry.poses.write(pose_rows(now, pose[:3, 3]))
        out: list[Silhouette] = []
        for entity, window in windows.items():
            _check_window(spec, entity, window)
            x0, y0, x1, y1 = window
            mask = np.zeros((max(0, y1 - y0), max(0, x1 - x0)), np.bool_)
            parts = now.present & (self._geometry.entity == entity)
            if mask.size and parts.any():
                mask = self._alone(film, pose, parts, window)
            out.append(Silhouette(entity, x0, y0, mask))
        return out

    def close(self) -> None:
        """Free everything."""
        for owned in (*self._films, self._geometry, self._lighting, self._traced):
            owned.close()
        self._films = []

    def _radiance(
        self, film: Film, pose: F64Array, now: Moment, instants: Instants, light: dict[str, Any], samples: int
    ) -> F32Array:
        """(H, W, 3), the mean of the samples of each pixel, which lie on a regular grid."""
        if samples == 1:
            hdr = np.ascontiguousarray(film.channels.read(LIGHT)[..., :3])
            if self._preset.smooth:
                self._smooth(hdr, film, pose, now, instants, light)
            return hdr
        if self._traced.felt:  # cells are those of centre rays
            self._draw(film, pose, now, set(), instants, light, (0.0, 0.0))
        columns, rows = strata(samples)
        total = np.zeros((film.spec.height_px, film.spec.width_px, 3), np.float32)
        for k in range(samples):
            shift = ((k % columns + 0.5) / columns - 0.5, (k // columns + 0.5) / rows - 0.5)
            self._draw(film, pose, now, {LIGHT}, instants, light, shift)
            total += film.channels.read(LIGHT)[..., :3]
        return total / np.float32(samples)

    def _smooth(
        self, hdr: F32Array, film: Film, pose: F64Array, now: Moment, instants: Instants, light: dict[str, Any]
    ) -> None:  # fmt: skip
        """Pixels at edges become the mean of more samples, as in the ray tracer (``edges``)."""
        edges = steep(hdr, faintest(self._lighting.sky))
        for place in PLACES if edges.any() else ():
            self._draw(film, pose, now, {LIGHT}, instants, light, place)
            hdr[edges] += film.channels.read(LIGHT)[..., :3][edges]
        hdr[edges] /= np.float32(1 + len(PLACES))

    def _draw(
        self, film: Film, pose: F64Array, now: Moment, wanted: set[int], instants: Instants, light: dict[str, Any],
        shift_px: tuple[float, float],
    ) -> None:  # fmt: skip
        """Both passes: the wanted images are in ``film.channels`` afterwards; none: surfaces are for the ray tracer."""
        spec, hole = film.spec, film.pinhole
        hole = replace(hole, cx_px=hole.cx_px - shift_px[0], cy_px=hole.cy_px - shift_px[1])
        g, seen = self._geometry, now.present.copy()
        if spec.unseen >= 0:
            seen &= g.entity != spec.unseen
        seen &= hole.sees(self._centres(now, pose), g.radii_m)
        following = instants.next if instants.next is not None else instants.start
        next_pose = self._poses.sensor(following, spec)
        uniforms = {
            **light, **self._traced.uniforms, "shift_px": shift_px,
            "next_from_camera": tf.compose(tf.inverse(next_pose), pose)[:3, :3],
        }  # fmt: skip
        sight = Sight(film, hole, pose, uniforms)
        self._find(film, hole, pose, seen, None)
        lit, fill = LIGHT in wanted, self._fill
        self._find(film, hole, pose, seen, None)
        glass = self._find_behind(sight, now, seen) if lit or not wanted else None
        if self._traced.asks and (lit or not wanted):
            fill.surfaces(sight)
            shown = front = self._traced.read(film.channels)
            if glass is not None:  # other pixels stay as they are
                fill.surfaces(sight, behind=True)
                shown = self._traced.read(film.channels)
            self._traced.take(shown, front, centre=shift_px == (0.0, 0.0))
        if wanted:
            fill.fill(sight, wanted)
        if lit and glass is not None:
            window = None if film.distorted else glass
            fill.fill(sight, {LIGHT}, Stage.BEHIND, True, window)
            fill.fill(sight, {LIGHT}, Stage.PANES, False, window)

    def _centres(self, now: Moment, pose: F64Array) -> F64Array:
        """Of the parts' spheres, in the camera's frame, (P, 3)."""
        return tf.apply(tf.compose(tf.inverse(pose), now.world_from_mesh), self._geometry.centres_m)

    def _find(
        self, film: Film, hole: Pinhole, pose: F64Array, parts: BoolArray, window: tuple[int, int, int, int] | None
    ) -> None:
        """First pass: part and face in front of every pixel, or of those in a window."""
        film.seen.draw_to((0,))
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        GL.glClearDepth(0.0)
        only(window)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        GL.glClearBufferiv(GL.GL_COLOR, 0, _NOTHING)
        self._see.draw(self._geometry, parts, hole.clip_from_axes(pose[:3, :3]))
        GL.glDisable(GL.GL_SCISSOR_TEST)

    def _find_behind(self, sight: Sight, now: Moment, parts: BoolArray) -> Window | None:
        """Part and face behind the panes in front, and what all panes before those let through.

        Returns:
            Where the panes are, or None: none is in front.
        """
        g, film, hole, pose = self._geometry, sight.film, sight.hole, sight.pose
        if not (parts & g.glazed).any():
            return None
        front = film.seen.read(0)[..., 0]
        rows, columns = (np.flatnonzero((g.glazed[front] & (front >= 0)).any(k)) for k in (1, 0))
        if not rows.size:
            return None
        x0, x1, y0, y1 = (int(v) for v in (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1))
        crop = replace(hole, width_px=x1 - x0, height_px=y1 - y0, cx_px=hole.cx_px - x0, cy_px=hole.cy_px - y0)
        parts = parts & crop.sees(self._centres(now, pose), g.radii_m)
        clip = hole.clip_from_axes(pose[:3, :3])
        film.behind.draw_to((0,))
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glClearBufferiv(GL.GL_COLOR, 0, _NO_PANE)
        only((x0, y0, x1, y1))
        behind(self._context, g, parts, clip, film.seen)
        self._see.draw(g, parts & ~g.glazed, clip)
        film.behind.draw_to((1,))
        GL.glClearBufferfv(GL.GL_COLOR, 1, np.ones(4, np.float32))
        GL.glDepthMask(GL.GL_FALSE)
        GL.glEnable(GL.GL_BLEND)
        GL.glBlendFunc(GL.GL_ZERO, GL.GL_SRC_COLOR)
        through(self._context, g, parts, clip)
        GL.glDisable(GL.GL_BLEND)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        return x0, y0, x1, y1

    def _alone(
        self, film: Film, pose: F64Array, parts: BoolArray, window: tuple[int, int, int, int]
    ) -> BoolArray:  # fmt: skip
        if not film.distorted:
            self._find(film, film.pinhole, pose, parts, window)
            return film.seen.read(0, window)[..., 0] >= 0
        self._find(film, film.pinhole, pose, parts, film.pinhole.window(film.table, window))
        self._fill.fill(Sight(film, film.pinhole, pose), {IDS}, window=window)
        return film.channels.read(IDS, window)[..., 0] >= 0

    def _pose_table(
        self, spec: CameraSpec, instants: Instants, now: Moment, pose: F64Array, flow: bool
    ) -> Array:  # fmt: skip
        if not flow or instants.next is None:
            return pose_rows(now, pose[:3, 3])
        following = instants.next
        next_pose = self._poses.sensor(following, spec)
        then = Moment(self._poses.parts(following), self._poses.present(following))
        return pose_rows(now, pose[:3, 3], then, tf.inverse(next_pose), pose)

    def _velocity(self, spec: CameraSpec, instants: Instants) -> F64Array:
        """Of the camera in the world, m/s, from its way between the two states."""
        start, stop = (self._poses.sensor(s, spec)[:3, 3] for s in (instants.start, instants.stop))
        lapse_s = (instants.stop.time_ns - instants.start.time_ns) / 1e9
        return (stop - start) / lapse_s if lapse_s > 0 else np.zeros(3)

    def _film(self, spec: CameraSpec) -> Film:
        for film in self._films:
            if film.spec is spec:
                return film
        film = Film.of(spec)
        self._films.insert(0, film)
        for old in self._films[_FILMS:]:
            old.close()
        del self._films[_FILMS:]
        return film


def _images(film: Film, drawn: set[int], channels: Sequence[str]) -> dict[str, Array]:
    """Label channels as the protocol wants them, from the images that were drawn."""
    out: dict[str, Array] = {}
    if SHAPE in drawn:
        shape = film.channels.read(SHAPE)
        distance = np.where(shape[..., 3] < 0, np.float32(np.inf), shape[..., 3])
        out["range"], out["depth"] = distance, distance * film.table[..., 2].astype(np.float32)
        if "normal" in channels:
            out["normal"] = np.ascontiguousarray(shape[..., :3])
    if IDS in drawn:
        ids = film.channels.read(IDS)
        out.update({name: np.ascontiguousarray(ids[..., k]) for k, name in enumerate(_ID) if name in channels})
    if PAINT in drawn:
        out["albedo"] = np.ascontiguousarray(film.channels.read(PAINT)[..., :3])
    if PLACE in drawn:
        out["position"] = np.ascontiguousarray(film.channels.read(PLACE)[..., :3])
    if MOVED in drawn:
        moved = film.channels.read(MOVED)
        out["flow"] = np.where(moved[..., 2:3] > 0, moved[..., :2], np.float32(np.nan))
    return out


def _check_channels(channels: Sequence[str], instants: Instants) -> None:
    for name in channels:
        if name not in CAMERA_CHANNELS:
            near = did_you_mean(name, list(CAMERA_CHANNELS))
            hint = f"did you mean '{near}'?" if near else f"known: {', '.join(CAMERA_CHANNELS)}"
            raise UsageError(f"a camera has no channel '{name}'; {hint}")
    if "flow" in channels and instants.next is None:
        raise UsageError("channel 'flow' needs the state of the next frame: pass Instants(..., next=state)")


def _check_window(spec: CameraSpec, entity: int, window: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = window
    if min(x0, y0) < 0 or x1 > spec.width_px or y1 > spec.height_px:
        raise UsageError(
            f"window {window} of entity {entity} leaves the image of camera '{spec.name}' "
            f"({spec.width_px} x {spec.height_px}); clip it first"
        )
