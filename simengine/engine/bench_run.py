"""How fast the whole chain is: scenario to dataset on disk, and where the time goes."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from simengine.engine.events import Event, Report, silent
from simengine.engine.loading import load
from simengine.engine.options import RunOptions
from simengine.engine.recording import ALL_IMAGES
from simengine.engine.run import run
from simengine.errors import UsageError
from simengine.language.program import Program, RecordDecl
from simengine.language.terms import Const, Span, Vector
from simengine.world.library import ValueType

__all__ = ["bench_program", "bench_run"]

_SIZE_PX = (640, 480)


def bench_program() -> Program:
    """child_dart_out with a 640 x 480 camera, its 64 x 1024 LiDAR (the default) and everything recorded at 10 Hz."""
    program = load("child_dart_out")
    span, pixels = Span(1, 1, 1, 1), ValueType("real")
    size = program.definitions["front.size"]
    binding = Vector(tuple(Const(float(v), pixels, span) for v in _SIZE_PX), size.type, size.span)
    definitions = {**program.definitions, "front.size": replace(size, binding=binding)}
    records = (
        RecordDecl("front", ALL_IMAGES, 10.0, None, span),
        RecordDecl("roof", ("points", "intensity", "ring", "time", "instance", "semantic"), 10.0, None, span),
    )
    return replace(program, definitions=definitions, records=records)


def bench_run(
    variants: int = 8, workers: int = 1, device: str = "auto", report: Report = silent
) -> dict[str, Any]:  # fmt: skip
    """Time a run from the scenario file to the finished dataset in a temporary folder.

    Args:
        variants: episodes; one more is run before the clock starts, so that kernels are compiled.
        workers: processes.
        device: of the renderer.
        report: told what happens, as in a run.

    Returns:
        ``median_ms`` (wall time between frames reaching the disk, or per episode frame with several workers),
        ``frames_per_s`` (all frames over the whole wall time, start-up of the run and the report page included) and
        ``stages_ms_per_frame``. Frames and variants overlap, so stages add up to more than the wall time.
    """
    if not 1 <= variants <= 1000:
        raise UsageError(f"--variants must be 1 to 1000, got {variants}")
    program = bench_program()
    with tempfile.TemporaryDirectory(prefix="simengine-bench-") as folder:
        warm = RunOptions("child_dart_out", Path(folder) / "warm", 1, first=1000, device=device, max_frames=2)
        run(warm, program=program)
        marks: list[float] = []

        def note(event: Event) -> None:
            if event.kind == "frame" and event.done > 1:
                marks.append(perf_counter() - last[0])
            last[0] = perf_counter()
            report(event)

        last = [perf_counter()]
        options = RunOptions("child_dart_out", Path(folder) / "timed", variants, workers=workers, device=device)
        began = perf_counter()
        summary = run(options, note, program)
        wall = perf_counter() - began
    frames = max(1, summary.frames)
    per_frame = [1e3 * m for m in marks] or [1e3 * wall / frames]
    return {
        "frames": summary.frames, "episodes": summary.kept, "workers": workers, "device": device,
        "width_px": _SIZE_PX[0], "height_px": _SIZE_PX[1], "lidar_rays": 64 * 1024,
        "channels": list(ALL_IMAGES), "wall_s": round(wall, 3),
        "stages_ms_per_frame": {k: round(1e3 * v / frames, 3) for k, v in sorted(summary.stages.items())},
        "median_ms": round(statistics.median(per_frame), 3), "frames_per_s": round(frames / wall, 3),
    }  # fmt: skip
