"""Does CUDA see what the CPU sees, and how fast? One call, one JSON object.

    python tools/gpu_check.py [--scenarios child_dart_out,ccrm] [--runs 21] [--out figures.json]

With a CUDA device: the set-up, ids, depth and LiDAR ranges of library scenarios against the CPU's (Embree), images that
reach torch without a copy, and the benchmarks on both. Without one it says so and compares Warp's trees on the CPU,
which are the code that CUDA runs, with Embree. The exit code is 1 where something does not agree.

Off edges: farther than a pixel from a change of part, material, normal or depth; there two exact tracers in float32 may
answer for different surfaces.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simengine.engine.bench import bench_camera, bench_lidar
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.doctor import doctor
from simengine.engine.loading import load
from simengine.engine.sensing import sensor_specs
from simengine.engine.variation import Variation
from simengine.render.opening import check_options, open_renderer
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec

IDS = ("instance", "part", "material", "semantic")
CHANNELS = (*IDS, "depth", "normal", "rgb")
TOLERANCE = 1e-4  # relative, of depth and range


@dataclass(frozen=True)
class Agreement:
    """How far two ways to render agree.

    Attributes:
        pixels: off edges, compared. ids_equal: share of them with the same ids.
        depth_worst: largest relative difference of depth where ids are the same.
        rgb_mean: mean difference of rgb, of 255.
        shots: LiDAR shots that met a thing in either. shots_equal: share with the same thing in both.
        range_worst: largest relative difference of range where the thing is the same, but for a thousandth of the
            shots (those that graze a fold).
    """

    pixels: int
    ids_equal: float
    depth_worst: float
    rgb_mean: float
    shots: int
    shots_equal: float
    range_worst: float

    @property
    def good(self) -> bool:
        """Within what issue and page promise."""
        ids = self.ids_equal == 1.0 and self.shots_equal >= 0.995
        return ids and self.depth_worst <= TOLERANCE and self.range_worst <= TOLERANCE


def near_edges(*images: np.ndarray) -> np.ndarray:
    """Pixels with another value among their eight neighbours in any of the images."""
    out = np.zeros(images[0].shape, np.bool_)
    for image in images:
        wide = np.pad(image, 1, mode="edge")
        h, w = image.shape
        for dy in range(3):
            for dx in range(3):
                out |= wide[dy : dy + h, dx : dx + w] != image
    return out


def readings(name: str, options: RenderOptions, time_ns: int = 500_000_000) -> list[CameraReading | LidarReading]:
    """One reading of every sensor of variant 0 of a scenario."""
    program = load(name)
    simulated = Variation(program, 0, "random").simulate([0])[0]
    scene = build_scene(program, simulated.scenario, libraries(), 0)
    states, out = simulated.trace.on(scene), []
    renderer = open_renderer("raytrace", scene, options)
    try:
        for spec in sensor_specs(program, simulated.scenario, scene):
            later = states.state_at(time_ns + spec.period_ns)
            instants, key = Instants(states.state_at(time_ns), later, later), NoiseKey(0, 0, 5)
            camera = isinstance(spec, CameraSpec)
            out.append(
                renderer.camera(spec, instants, CHANNELS, key) if camera else renderer.lidar(spec, instants, key)
            )
    finally:
        renderer.close()
    return out


def compare(name: str, one: RenderOptions, other: RenderOptions) -> Agreement:
    """How far two ways to render a scenario agree, over all its sensors."""
    pixels = same = shots = equal = 0
    depth, rgb, ranges = [0.0], [0.0], [np.zeros(1)]
    for a, b in zip(readings(name, one), readings(name, other), strict=True):
        if isinstance(a, CameraReading) and isinstance(b, CameraReading):
            p, q = a.channels, b.channels
            clear = ~near_edges(p["part"], p["material"], q["part"], q["material"], *folds(p), *folds(q))
            alike = np.all([p[i] == q[i] for i in IDS], axis=0) & clear
            pixels, same = pixels + int(clear.sum()), same + int(alike.sum())
            hit = alike & np.isfinite(p["depth"])
            depth.append(float((np.abs(p["depth"][hit] - q["depth"][hit]) / q["depth"][hit]).max(initial=0.0)))
            rgb.append(float(np.abs(p["rgb"].astype(int) - q["rgb"].astype(int)).mean()))
        elif isinstance(a, LidarReading) and isinstance(b, LidarReading):
            p, q = things(a), things(b)
            shared = [k for k in p.keys() & q.keys() if p[k][0] == q[k][0]]
            shots, equal = shots + len(p.keys() | q.keys()), equal + len(shared)
            ranges.append(np.array([abs(p[k][1] - q[k][1]) / q[k][1] for k in shared]))
    worst = float(np.quantile(np.concatenate(ranges), 0.999))
    return Agreement(pixels, same / max(1, pixels), max(depth), max(rgb), shots, equal / shots if shots else 1.0, worst)


def folds(channels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Images that change where a surface folds or ends in front of itself."""
    turned = np.round(channels["normal"] @ np.array([1.0, 10.0, 100.0], np.float32), 1)
    depth = channels["depth"]
    return turned, np.round(np.log(np.where(np.isfinite(depth), depth, 1e6)) * 20.0)


def things(reading: LidarReading) -> dict[tuple[int, int], tuple[int, float]]:
    """Instance and range by shot, without points in the air."""
    p = reading.points
    rows = zip(p["ring"].tolist(), p["column"].tolist(), p["instance"].tolist(), p["range"].tolist(), strict=True)
    return {(ring, column): (instance, r) for ring, column, instance, r in rows if instance >= 0}


def torch_shares(name: str, options: RenderOptions) -> str:
    """Whether images that stay on the device are the memory of torch's tensors."""
    try:
        import torch
    except ImportError:
        return "torch is not installed"
    image = readings(name, replace(options, on_device=True))[0]
    assert isinstance(image, CameraReading)
    copied = [c for c in CHANNELS if torch.from_dlpack(image.channels[c]).data_ptr() != image.channels[c].ptr]
    return f"copied: {', '.join(copied)}" if copied else "shared"


def compiled(arch: int = 90) -> dict[str, int]:
    """How many kernels of each module of the main job become code for CUDA (a GPU is not needed for that).

    Raises:
        RuntimeError: one does not compile.
    """
    import warp as wp

    from simengine_renderers.raytrace import modules

    check_options("raytrace", RenderOptions())  # starts Warp, silently
    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("BVH", "SURFACES", "LIGHT", "LAMPS", "LIDAR", "PATHS"):
            paths = wp.compile_aot_module(
                getattr(modules, name), arch=arch, module_dir=f"{folder}/{name}", use_ptx=True
            )
            text = "".join(p.read_text(encoding="utf-8") for p in map(Path, paths) if p.suffix == ".ptx")
            found[name.lower()] = text.count(".visible .entry")
    return found


def benchmarks(options: RenderOptions, runs: int) -> dict[str, Any]:
    """Median times of the standard camera and LiDAR."""
    camera = bench_camera(runs=runs, options=options)
    return {"camera_640x480": camera, "lidar_64x2048": bench_lidar(runs=runs, options=options)}


def cuda_device() -> dict[str, Any] | None:
    """What Warp says about the first CUDA device."""
    check_options("raytrace", RenderOptions())  # starts Warp, silently
    import warp as wp

    if not wp.is_cuda_available():
        return None
    found = wp.get_device("cuda:0")
    return {"name": found.name, "arch": found.arch, "memory_gib": round(found.total_memory / 2**30, 1)}


def check(scenarios: list[str], runs: int) -> dict[str, Any]:
    """Everything, as plain data."""
    cuda = cuda_device()
    reference = RenderOptions(device="cpu", trace="embree")
    tested = RenderOptions(device="cuda") if cuda else RenderOptions(device="cpu", trace="warp")
    found = {name: compare(name, tested, reference) for name in scenarios}
    return {
        "cuda": cuda or "no CUDA device: Warp's trees on the CPU are compared with Embree instead",
        "compared": "cuda with embree" if cuda else "warp on the cpu with embree",
        "ok": all(a.good for a in found.values()),
        "scenarios": {name: asdict(a) | {"good": a.good} for name, a in found.items()},
        "benchmarks": {"tested": benchmarks(tested, runs), "embree": benchmarks(reference, runs)} if runs else {},
        "kernels_for_sm_90": compiled(),
        "torch": torch_shares(scenarios[0], tested),
        "set_up": doctor(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Parse, check, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", default="child_dart_out,ccrm")
    parser.add_argument("--runs", type=int, default=21, help="timed repetitions; 0: no benchmark")
    parser.add_argument("--out", type=Path, help="write the JSON there, too")
    given = parser.parse_args(arguments)
    figures = check(given.scenarios.split(","), given.runs)
    text = json.dumps(figures, indent=1)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    print(text)
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
