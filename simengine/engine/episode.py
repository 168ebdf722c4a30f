"""From a simulated variant to an episode: its scene, its frames, its folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import TracebackType
from typing import overload

from simengine.datasets.calibration import infos_of
from simengine.datasets.channels import FORMATS, SCAN_FIELDS
from simengine.datasets.frame import EntityInfo, Episode, Frame, Named
from simengine.datasets.measures import Measures
from simengine.datasets.reader import checked_position
from simengine.datasets.signals import Signal
from simengine.datasets.surfaces import Surfaces, surfaces_of
from simengine.datasets.variants import VariantRow
from simengine.engine.buried import buried
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.clock import Spans
from simengine.engine.frames import LiveFrame, Recording, Stopwatch, frame_times, frames
from simengine.engine.lanes import Lanes
from simengine.engine.measuring import Measuring
from simengine.engine.recording import Phases, recordings, signal_words
from simengine.engine.sensing import sensor_specs, signal_specs, tunings_of
from simengine.engine.signals import measure
from simengine.engine.trace import Trace
from simengine.engine.variation import Simulated
from simengine.engine.weather_log import Setting, settings_at, times_of
from simengine.errors import SimEngineError
from simengine.language import Program
from simengine.language.scenario import Scenario
from simengine.render.opening import open_lanes
from simengine.render.protocol import RenderOptions
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec, SensorSpec
from simengine.sensors.tuning import Tuning, tuned
from simengine.world.library import WorldKind, settled
from simengine.world.scene import Scene

__all__ = ["Choose", "Job", "LiveEpisode", "Outcome", "phases_ns", "render_options"]

Choose = Callable[[Program, Sequence[SensorSpec], Phases], list[Recording]]
"""What is recorded of a variant's sensors, given when its named phases ran."""


@dataclass(frozen=True)
class Job:
    """A kept variant that is to be rendered; ``flagged``: its ``ensure`` failed and it was kept on request."""

    simulated: Simulated
    flagged: bool = False


@dataclass(frozen=True)
class Outcome:
    """A written episode and where its time went, or why there is none.

    Attributes:
        variant: index.
        frames: on disk.
        stages: seconds by stage.
        error: what is wrong with this variant, and only with it; None where its episode is complete.
    """

    variant: int
    frames: int
    stages: dict[str, float]
    error: SimEngineError | None = None


def render_options(device: str, samples: int | None, settings: Mapping[str, str] | None = None) -> RenderOptions:
    """Options for a renderer; a worker process gets its share of the processors from its environment."""
    threads = os.environ.get("SIMENGINE_THREADS")
    return RenderOptions(device, samples, int(threads) if threads else None, extra=dict(settings or {}))


class LiveEpisode(Episode):
    """One variant whose frames are rendered as they are asked for. The renderers are open until it is closed.

    Attributes:
        program: the checked program.
        simulated: the concrete draw, what happened, the verdicts.
        scene: everything that does not change.
        recordings: what is rendered and shown of each sensor.
        clock: where the time went.
    """

    def __init__(
        self, program: Program, simulated: Simulated, renderer: str = "raytrace", options: RenderOptions | None = None,
        max_frames: int | None = None, choose: Choose = recordings,
    ) -> None:  # fmt: skip
        self.program, self.simulated = program, simulated
        self.scene: Scene = build_scene(
            program, simulated.scenario, libraries(), simulated.scenario.seed, simulated.trace.moving
        )
        self._choose = choose
        specs = sensor_specs(program, simulated.scenario, self.scene)
        self._sensors = Named("no sensor {}", {s.name: s for s in specs})
        self.clock = Stopwatch()
        self._renderer_name, self._options, self._max_frames = renderer, options or RenderOptions(), max_frames
        self._signals: Mapping[str, Signal] | None
        self._lanes: Lanes | None = None
        self._measuring: Measuring | None
        self._under: Mapping[str, Setting] | None = None  # what the open renderers show
        self._placed = False  # it has been looked where cameras begin
        self.tunings: Sequence[Tuning]
        self.recordings: list[Recording]
        self.weather: tuple[tuple[int, Mapping[str, Setting]], ...]
        self.follow(simulated)

    def follow(self, simulated: Simulated) -> None:
        """Go on with a longer run of the same variant, in which the same things move: what its frames show is of it."""
        self.simulated, specs, trace = simulated, list(self._sensors.values()), simulated.trace
        self.tunings = tunings_of(self.program, trace.tunings)
        later = {s.name: [(t.since_ns, tuned(s, t.values)) for t in self.tunings if t.sensor == s.name] for s in specs}
        self.recordings = [
            replace(r, later=tuple(later[r.spec.name])) for r in self._choose(self.program, specs, phases_ns(trace))
        ]
        self.weather, self._measuring, self._signals = self._weather(), None, None

    @property
    def _world(self) -> WorldKind | None:
        decl = self.program.world
        return libraries()[decl.library].worlds[decl.kind] if decl else None

    def _weather(self) -> tuple[tuple[int, Mapping[str, Setting]], ...]:
        """Settings of the weather, and of what else may change in the world, by the time from which they hold."""
        if self._world is None:
            return ()
        own, changes = self._world.properties, self.trace.weather
        values = {p.removeprefix("world."): v for p, v in self.scenario.values.items() if p.startswith("world.")}
        rules = [p.follows for p in own if p.follows and all(n in values for n in p.follows.of)]
        told = dict.fromkeys((*self._world.settable, *(n for rule in rules for n in rule.of)))
        held = {n: v for n in told if n in values and isinstance(v := values[n], float | str)}
        words = {p.name: p.type.choices for p in own if p.type.kind == "enum"}
        return tuple((t, settled(own, settings_at(held, changes, t, words))) for t in times_of(changes)) if held else ()

    def _scene_at(self, time_ns: int) -> Scene:
        """The scene in the weather of a time."""
        kind = self._world
        if not self.trace.weather or kind is None or kind.environment is None:
            return self.scene
        words = {p.removeprefix("world."): v for p, v in self.scenario.values.items() if p.startswith("world.")}
        values = {**words, **self._settings(time_ns)}
        scene = replace(self.scene, environment=kind.environment(values))
        return kind.restaged(scene, values) if kind.restaged else scene

    @property
    def variant(self) -> int:
        """Index of the variant."""
        return self.simulated.index

    @property
    def sensors(self) -> Mapping[str, SensorSpec]:
        """All sensors by name."""
        return self._sensors

    @property
    def entities(self) -> Sequence[EntityInfo]:
        """What each instance id stands for."""
        return infos_of(self.scene.entities)

    @property
    def surfaces(self) -> Surfaces:
        """Names of parts and materials."""
        return surfaces_of(self.scene)

    @property
    def row(self) -> VariantRow:
        """The variant's row, as a dataset would have it."""
        return replace(self.simulated.row("kept"), frames=len(self.times_ns()))

    @property
    def scenario(self) -> Scenario:
        """The concrete draw."""
        return self.simulated.scenario

    @property
    def trace(self) -> Trace:
        """States at every tick, events, verdicts."""
        return self.simulated.trace

    @property
    def signals(self) -> Mapping[str, Signal]:
        """What inertial units and GNSS receivers measured, up to the last frame where ``max_frames`` cuts the run."""
        if self._signals is None:
            times = frame_times(self.recordings, self.trace.duration_ns)
            cut = self._max_frames is not None and self._max_frames < len(times)
            until = times[: self._max_frames][-1] if cut and self._max_frames else self.trace.duration_ns
            made = (
                measure(spec, self.trace, *signal_words(self.program, spec.name, phases_ns(self.trace)), until)
                for spec in signal_specs(self.program, self.scenario, self.scene)
            )
            self._signals = Named("no signal {}", {s.name: s for s in made if s.words})
        return self._signals

    def scenario_json(self) -> bytes:
        """The concrete draw as text."""
        return self.scenario.to_json()

    def channels(self, sensor: str) -> list[str]:
        """What is recorded of a sensor."""
        spec = self._sensors[sensor]
        shown = [c for r in self.recordings if r.spec is spec for c in r.shown]
        return [c for c in (*FORMATS, *SCAN_FIELDS) if c in shown]

    def times_ns(self) -> list[int]:
        """Times of the frames."""
        times = frame_times(self.recordings, self.trace.duration_ns)
        return times if self._max_frames is None else times[: self._max_frames]

    @property
    def frames(self) -> Sequence[Frame]:
        """All frames; one is rendered when it is taken out, several at a time where they are iterated."""
        return _Frames(self)

    def open(self) -> None:
        """Open the renderers, which the first frame does otherwise."""
        self._opened(0)

    def _opened(self, time_ns: int) -> Lanes:
        """Renderers that show the weather of a time; a change of it opens others, as it is part of their scene."""
        settings = self._settings(time_ns)
        if self._lanes is not None and self._under != settings:
            self.close()
        if self._lanes is None:
            self._lanes = Lanes(open_lanes(self._renderer_name, self._scene_at(time_ns), self._options))
            self._under = settings
        return self._lanes

    def render(self, times_ns: Sequence[int], first: int = 0) -> Generator[LiveFrame]:
        """The frames of some of its times, rising, in order; ``Frame.index`` counts them from ``first``."""
        for _, numbered in groupby(enumerate(times_ns, first), lambda item: self._since(item[1])):
            together = list(numbered)
            index, times = together[0][0], [t for _, t in together]
            scene = self._scene_at(times[0])
            yield from self._in_weather(scene, times, index)

    def _in_weather(self, scene: Scene, times_ns: Sequence[int], first: int) -> Iterator[LiveFrame]:
        """Frames between two changes of the weather."""
        lanes = self._opened(times_ns[0])
        self._warn_of_buried(times_ns[0])
        for frame in frames(
            scene, self.trace.on(scene), self.recordings, times_ns, lanes, self.scenario.seed, self.scenario.index,
            self.clock, first, self.trace.faults,
        ):  # fmt: skip
            frame.weather = self._settings(frame.time_ns)
            frame.measured = self._measured(frame.time_ns)
            yield frame

    def _warn_of_buried(self, time_ns: int) -> None:
        """Warn once of cameras that are in a wall or below the ground in the first frame that is asked for."""
        if self._placed:
            return
        self._placed = True
        state = self.trace.on(self.scene).state_at(time_ns)
        for spec in (r.spec for r in self.recordings if isinstance(r.spec, CameraSpec)):
            where = buried(self.scene, world_from_sensor(spec, self.scene, state)[:3, 3])
            if where is not None:
                warnings.warn(
                    f"camera '{spec.name}' is {where} at {time_ns / 1e9:g} s, where it sees the back of things; change "
                    "its mount, or where its carrier stands", stacklevel=2,
                )  # fmt: skip

    def _measured(self, time_ns: int) -> Callable[[], Measures] | None:
        """How the measures of a time are found; what they need is made when the first ones are asked for."""
        return (lambda: self._measures_at(time_ns)) if self.trace.summary.ego else None

    def _measures_at(self, time_ns: int) -> Measures:
        if self._measuring is None:
            self._measuring = Measuring(self.program, self.scenario, self.trace, self.scene)
        return self._measuring.at(time_ns)

    def _settings(self, time_ns: int) -> dict[str, Setting]:
        """The weather of a time."""
        for since, settings in reversed(self.weather):
            if since <= time_ns:
                return dict(settings)
        return {}

    def _since(self, time_ns: int) -> int:
        """When the weather of a time began."""
        return max((t for t, _ in self.weather if t <= time_ns), default=0)

    def __iter__(self) -> Iterator[LiveFrame]:
        return self.render(self.times_ns())

    def close(self) -> None:
        """Free the renderers, when the frames that are being made are finished."""
        if self._lanes is not None:
            self._lanes.close()
        self._lanes = None

    def __enter__(self) -> LiveEpisode:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Frames(Sequence[Frame]):
    """The frames of a live episode: its times, and a renderer."""

    def __init__(self, episode: LiveEpisode) -> None:
        self._episode, self._times_ns = episode, episode.times_ns()

    def __len__(self) -> int:
        return len(self._times_ns)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        k = checked_position(index, len(self), "frame") % len(self)
        (frame,) = self._episode.render([self._times_ns[k]], k)
        return frame

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._episode)


def phases_ns(trace: Trace) -> dict[str, Spans]:
    """When each named phase ran, once a pass of a repeat; what still runs at the stop ends with it (inclusive)."""
    out: dict[str, Spans] = {}
    open_since: dict[str, int] = {}
    for event in trace.events:
        name, _, edge = event.name.rpartition(".")
        if edge == "started":
            open_since.setdefault(name, event.time_ns)
        elif edge == "ended" and name in open_since:
            out[name] = (*out.get(name, ()), (open_since.pop(name), event.time_ns))
    for name, since in open_since.items():
        out[name] = (*out.get(name, ()), (since, trace.duration_ns + 1))
    return out
