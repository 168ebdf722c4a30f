"""From a simulated variant to an episode: its scene, its frames, its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.frames import Frame, Recording, Stopwatch, frame_times, frames
from simengine.engine.lanes import Lanes
from simengine.engine.recording import Phases, recordings
from simengine.engine.sensing import sensor_specs
from simengine.engine.trace import Trace
from simengine.engine.variation import Simulated
from simengine.language import Program
from simengine.language.scenario import Scenario
from simengine.render.opening import open_lanes
from simengine.render.protocol import RenderOptions
from simengine.sensors.specs import SensorSpec
from simengine.world.scene import Scene

__all__ = ["Choose", "Episode", "Job", "Outcome", "phases_ns", "render_options"]

Choose = Callable[[Program, Sequence[SensorSpec], Phases], list[Recording]]
"""What is recorded of a variant's sensors, given when its named phases ran."""


@dataclass(frozen=True)
class Job:
    """A kept variant that is to be rendered; ``flagged``: its ``ensure`` failed and it was kept on request."""

    simulated: Simulated
    flagged: bool = False


@dataclass(frozen=True)
class Outcome:
    """A written episode, and where its time went."""

    variant: int
    frames: int
    stages: dict[str, float]


def render_options(device: str, samples: int | None) -> RenderOptions:
    """Options for a renderer; a worker process gets its share of the processors from its environment."""
    threads = os.environ.get("SIMENGINE_THREADS")
    return RenderOptions(device=device, samples=samples, threads=int(threads) if threads else None)


class Episode:
    """One variant as a stream of frames. Iterate it; frames are made as they are asked for.

    Attributes:
        program: the checked program.
        simulated: the concrete draw, what happened, the verdicts.
        scene: everything that does not change.
        sensors: specifications, mounted.
    """

    def __init__(
        self, program: Program, simulated: Simulated, renderer: str = "raytrace", options: RenderOptions | None = None,
        max_frames: int | None = None, choose: Choose = recordings,
    ) -> None:  # fmt: skip
        self.program, self.simulated = program, simulated
        self.scene: Scene = build_scene(program, simulated.scenario, libraries(), simulated.scenario.seed)
        self.sensors: tuple[SensorSpec, ...] = sensor_specs(program, simulated.scenario, self.scene)
        self.recordings: list[Recording] = choose(program, self.sensors, phases_ns(simulated.trace))
        self.clock = Stopwatch()
        self._renderer_name, self._options, self._max_frames = renderer, options or RenderOptions(), max_frames
        self._lanes: Lanes | None = None

    @property
    def scenario(self) -> Scenario:
        """The concrete draw."""
        return self.simulated.scenario

    @property
    def trace(self) -> Trace:
        """States at every tick, events, verdicts."""
        return self.simulated.trace

    def times_ns(self) -> list[int]:
        """Times of the frames."""
        times = frame_times(self.recordings, self.trace.duration_ns)
        return times if self._max_frames is None else times[: self._max_frames]

    def open(self) -> None:
        """Open the renderers, which the first frame does otherwise."""
        self._opened()

    def _opened(self) -> Lanes:
        if self._lanes is None:
            self._lanes = Lanes(open_lanes(self._renderer_name, self.scene, self._options))
        return self._lanes

    def frames(self, times_ns: Sequence[int] | None = None) -> Iterator[Frame]:
        """The frames, in order; or those of some of its times, rising, with ``Frame.index`` counting them."""
        yield from frames(
            self.scene, self.trace.on(self.scene), self.recordings,
            self.times_ns() if times_ns is None else times_ns, self._opened(),
            self.scenario.seed, self.scenario.index, self.clock,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def close(self) -> None:
        """Free the renderers, when the frames that are being made are finished."""
        if self._lanes is not None:
            self._lanes.close()
        self._lanes = None

    def __enter__(self) -> Episode:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def phases_ns(trace: Trace) -> dict[str, tuple[int, int]]:
    """Start and end of each named phase; one that still runs at the stop ends with it (inclusive)."""
    out: dict[str, tuple[int, int]] = {}
    for event in trace.events:
        name, _, edge = event.name.rpartition(".")
        if edge == "started":
            out.setdefault(name, (event.time_ns, trace.duration_ns + 1))
        elif name in out and out[name][1] == trace.duration_ns + 1:
            out[name] = (out[name][0], event.time_ns)
    return out
