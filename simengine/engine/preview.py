"""A contact sheet of a scenario: nine samples, each from above and through its first camera."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from simengine.arrays import U8Array
from simengine.datasets.encode import encode_png
from simengine.datasets.report import contact_sheet
from simengine.datasets.storage import write_atomic
from simengine.engine.episode import LiveEpisode, render_options
from simengine.engine.events import Event, Report
from simengine.engine.film import closest_tick, film_strip, nearest_mover
from simengine.engine.frames import Recording, frame_times, frames
from simengine.engine.lanes import Lanes
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import DEVICES, choose
from simengine.engine.topview import top_view
from simengine.engine.variation import Simulated, Variation
from simengine.errors import DatasetError, UsageError
from simengine.geometry import transforms as tf
from simengine.language import Program
from simengine.plugins import installed
from simengine.render.lettering import stamp
from simengine.render.opening import check_options, open_renderer, warm_up
from simengine.render.protocol import RenderOptions
from simengine.sensors.specs import CameraSpec

__all__ = ["SAMPLES", "picture", "preview"]

SAMPLES = 9
_CELL_PX = 480
_SEAM_PX = 3
_FILM_LETTER_PX = 16.0
_VALUES = 4


def preview(
    scenario: str, out: Path | None, seed: int, renderer: str, device: str, overwrite: bool, report: Report,
    settings: Mapping[str, str] | None = None, *, film: bool = False,
) -> Path:  # fmt: skip
    """Write the contact sheet of a scenario as a PNG.

    Args:
        scenario: name or path.
        out: file to write; default: NAME.preview.png in the current folder.
        seed: of the samples.
        renderer, device: for the camera frames.
        overwrite: replace an earlier picture.
        report: told what happens.
        settings: of the renderer.
        film: each sample from above, from its start to its stop, instead of one moment and a camera.

    Raises:
        DatasetError: the file is there already, or cannot be written.
    """
    choose("--renderer", renderer, tuple(installed("renderers")))
    choose("--device", device, DEVICES)
    program = load(scenario)
    require_runnable(program)
    path = out or Path(f"{program.name}.preview.png")
    if path.suffix.lower() != ".png":
        raise UsageError(f"--out must end in .png, got '{path}'")
    if path.exists() and not overwrite:
        raise DatasetError(f"'{path}' is already there; --overwrite replaces it")
    if not path.parent.is_dir():
        raise DatasetError(f"cannot write '{path}': there is no folder '{path.parent}'; make it first")
    options = render_options(device, None, settings)
    if not film:
        check_options(renderer, options)
        warm_up(renderer, options, lambda text: report(Event("stage", text)))
    simulated = Variation(program, seed, "random").simulate(range(SAMPLES))
    pictures: list[U8Array] = []
    captions: list[str] = []
    for k, sample in enumerate(simulated):
        report(Event("stage", f"sample {k + 1} of {SAMPLES}", k, k + 1, SAMPLES))
        made = film_strip(program, sample) if film else picture(program, sample, renderer, options)
        pictures.append(made)
        captions.append(_caption(program, sample))
    title = f"{program.title or program.name} (seed {seed})"
    shape = (1, pictures[0].shape[1], _FILM_LETTER_PX) if film else (3, _CELL_PX, None)
    sheet = contact_sheet(pictures, captions, shape[0], title=title, cell_px=shape[1], letter_px=shape[2])
    write_atomic(path, b"".join(encode_png(sheet, small=True)))
    return path


def _moments(sample: Simulated, half_fov_rad: float) -> tuple[int, int]:
    """Ticks of the two pictures: from above at the closest approach to what moves, and through a camera that looks
    along the ego's heading when the same thing is nearest while well inside its view (else a second earlier).
    """
    trace = sample.trace
    other = nearest_mover(sample)
    if other is None:
        return trace.stop_tick // 2, trace.stop_tick // 2
    ego = trace.motion[: trace.stop_tick + 1, trace.names.index(trace.summary.ego)]
    ahead = trace.track(other)[:, :2] - ego[:, :2]
    apart = np.hypot(ahead[:, 0], ahead[:, 1])
    bearing = np.arctan2(ahead[:, 1], ahead[:, 0]) - tf.yaw_of(ego[:, 3:7])
    bearing = np.arctan2(np.sin(bearing), np.cos(bearing))
    closest = closest_tick(sample) or 0
    seen = (np.abs(bearing) < 0.6 * half_fov_rad) & (np.arange(len(apart)) <= closest) & (apart > 4.0)
    came = np.linalg.norm(trace.track(other) - trace.track(other)[0], axis=1) > 1.0
    best = seen & came if (seen & came).any() else seen
    shown = int(np.argmin(np.where(best, apart, np.inf))) if best.any() else max(0, closest - trace.rate_hz)
    return closest, shown


def picture(program: Program, sample: Simulated, renderer: str, options: RenderOptions) -> U8Array:
    """View from above, and under it the first camera's frame shortly before the closest approach."""
    with LiveEpisode(program, sample, renderer, options) as episode:
        states = episode.trace.on(episode.scene)
        ticks = episode.trace.ticks_ns()
        cameras = [r.spec for r in episode.recordings if isinstance(r.spec, CameraSpec)]
        pinholes = [c for c in cameras if c.lens == "pinhole"]
        half_fov_rad = math.atan(pinholes[0].width_px / (2 * pinholes[0].fx_px)) if pinholes else math.radians(30)
        at, seen = _moments(sample, half_fov_rad)
        if cameras and not sample.trace.summary.ego:  # nothing drives: the middle of what is recorded
            first = [r for r in episode.recordings if r.spec is cameras[0]]
            times = frame_times(first, episode.trace.duration_ns)
            if times:
                at = seen = int(np.searchsorted(ticks, times[len(times) // 2]))
        every = list(range(0, len(ticks), max(1, len(ticks) // 100)))
        shown = min(range(len(every)), key=lambda k: abs(every[k] - at))
        above = top_view(
            episode.scene, [states.state_at(ticks[k]) for k in every], shown, (_CELL_PX, _CELL_PX * 5 // 12)
        )
        stamp(above, f"from above, {ticks[every[shown]] / 1e9:.2f} s")
        if not cameras:
            return above
        spec = cameras[0]
        lanes = Lanes([open_renderer(renderer, episode.scene, options)])
        try:
            only = [Recording(spec, ("rgb",), ("rgb",))]
            grid = ticks[seen] // spec.period_ns * spec.period_ns
            frame = next(frames(episode.scene, states, only, [grid], lanes, sample.scenario.seed, sample.index))
        finally:
            lanes.close()
    rgb = np.asarray(frame[spec.name]["rgb"])
    height = round(rgb.shape[0] * _CELL_PX / rgb.shape[1])
    small = np.ascontiguousarray(cv2.resize(rgb, (_CELL_PX, height), interpolation=cv2.INTER_AREA), np.uint8)
    stamp(small, f"{spec.name}, {grid / 1e9:.2f} s")
    return np.concatenate([above, np.full((_SEAM_PX, _CELL_PX, 3), 255, np.uint8), small])


def _caption(program: Program, sample: Simulated) -> str:
    """Index, verdict and what touched what; below, drawn values: the actors' and the parameters' before the world's."""
    row = {k: v for k, v in sample.scenario.row(followed=False).items() if isinstance(v, float) and "@" not in k}
    ordered = sorted(row, key=lambda k: (k.startswith("world."), k.endswith(".count"), "[" in k.partition(" ")[0]))
    named = [(key.partition(" "), row[key]) for key in ordered[:_VALUES]]
    values = [f"{name} {value:.3g} {unit.strip('[]')}".rstrip() for (name, _, unit), value in named]
    failed = [v for v in sample.verdicts if v.kind == "expect" and v.passed is False]
    verdict = "discarded" if not sample.valid else "expect fails" if failed else "ok"
    figures = sample.trace.summary
    touched = f", {figures.ego} meets {figures.collision} at {figures.collision_s:.2f} s" if figures.collision else ""
    first = next(iter(figures.overlaps), None)
    passed = f", {first.first} meets {first.second}" if first and not touched else ""
    half = (len(values) + 1) // 2
    lines = [f"variant {sample.index}: {verdict}{touched}{passed}", ", ".join(values[:half]), ", ".join(values[half:])]
    return "\n".join(line for line in lines if line)
