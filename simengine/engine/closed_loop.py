"""A loop that is closed from outside: a policy drives vehicles by step calls, and reads what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from simengine.arrays import BoolArray
from simengine.datasets.frame import Frame
from simengine.engine.episode import render_options
from simengine.engine.live_readings import LiveReadings
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import check_draw, check_rendering, check_settings
from simengine.engine.outside import Command, Observation, command, observe, steered_slots
from simengine.engine.simulate import Run
from simengine.engine.variation import Simulated, Variation, chosen_indices
from simengine.errors import UsageError
from simengine.language import Program
from simengine.render.opening import check_options
from simengine.render.protocol import RenderOptions

__all__ = ["ClosedLoop", "closed_loop"]


@dataclass(frozen=True)
class View:
    """Which sensors are read (none named: all that are recorded), and how their frames are made."""

    sensors: tuple[str, ...]
    renderer: str
    options: RenderOptions


class ClosedLoop:
    """B variants of a scenario that wait for what they are told in each control period.

    Args:
        variation: of the program, seed and plan.
        indices: of the variants.
        drives: names of the vehicles that are driven from outside.
        rate_hz: how often; a divisor of the 100 ticks a second of the simulation.
        view: how sensors are read, where somebody asks.

    Attributes:
        drives: their names.
    """

    def __init__(
        self, variation: Variation, indices: Sequence[int], drives: Sequence[str], rate_hz: int, view: View
    ) -> None:
        self.drives = tuple(drives)
        self._variation, self._indices, self._rate_hz = variation, list(indices), rate_hz
        self._run: Run | None = None
        self._ticks: Iterator[int] = iter(())
        self._tick, self._over = 0, True
        self._slots: dict[str, int] = {}
        self._view = view
        self._readings: LiveReadings | None = None

    @property
    def variants(self) -> int:
        """How many variants there are, B."""
        return len(self._indices)

    def reset(self) -> Observation:
        """Begin anew, with the same variants: they come out the same for the same actions."""
        self.close()
        run = self._variation.prepared(self._indices)
        self._slots = steered_slots(run.variants.roster, dict.fromkeys(self.drives))
        if run.rate_hz % self._rate_hz:
            raise UsageError(
                f"a control rate must divide the {run.rate_hz} ticks a second of the simulation; got {self._rate_hz} "
                "Hz; take for example 10, 20, 25 or 50 Hz"
            )
        self._run, self._ticks, self._over = run, run.ticks(), False
        self._tick = next(self._ticks)
        return self._seen(run)

    def step(self, actions: Mapping[str, Command]) -> Observation:
        """Drive on for one control period.

        Args:
            actions: by vehicle, see :data:`simengine.engine.outside.Command`. Who is not told anything goes on as told.

        Raises:
            UsageError: ``reset`` has not been called, all variants have stopped, or an action does not fit.
        """
        run = self._run
        if run is None or self._over:
            raise UsageError("there is nothing to drive: call reset() first, and after all variants have stopped")
        running: BoolArray = np.asarray(run.stop_tick < 0, np.bool_)
        for name, asked in actions.items():
            if name not in self._slots:
                raise UsageError(f"'{name}' is not driven from outside; driven are {', '.join(self._slots)}")
            command(run.simulation, name, self._slots[name], asked, running)
        for _ in range(run.rate_hz // self._rate_hz):
            if (tick := next(self._ticks, None)) is None:
                break
            self._tick = tick
        seen = self._seen(run)
        self._over = not bool(seen.running.any())
        return seen

    def frames(self) -> list[Frame | None]:
        """What the sensors have read by now: of each variant its newest frame, None before the first one is complete.

        A frame is complete one period of its slowest sensor after it began. It equals, bit for bit, the frame of that
        time of the finished run. A variant that has stopped keeps its last one.

        Raises:
            UsageError: ``reset`` has not been called, or a sensor is not recorded.
        """
        if self._run is None:
            raise UsageError("there is nothing to see: call reset() first")
        if self._readings is None:
            scenarios = self._variation.scenarios(self._indices)
            view = self._view
            self._readings = LiveReadings(self._run, scenarios, view.sensors, view.renderer, view.options)
        return self._readings.frames()

    def close(self) -> None:
        """Free the renderers; ``reset`` and the end of a ``with`` block do it, too."""
        if self._readings is not None:
            self._readings.close()
        self._readings = None

    def __enter__(self) -> ClosedLoop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def results(self) -> list[Simulated]:
        """Verdicts, figures and traces of all variants, which must have stopped.

        Raises:
            UsageError: one still runs.
        """
        run = self._run
        if run is None or not self._over:
            raise UsageError("variants still run: step until 'running' of the observation is nowhere true")
        for _ in self._ticks:  # what sensors need beyond the stop
            pass
        return self._variation.finished(self._indices, run.traces())

    def _seen(self, run: Run) -> Observation:
        running: BoolArray = np.asarray(run.stop_tick < 0, np.bool_)
        return observe(run.simulation, run.variants.size_m, self._tick, run.rate_hz, running)


def closed_loop(
    program: Program | str | Path, drives: str | Sequence[str] = "ego", variants: int = 1, *, seed: int = 0,
    plan: str = "random", first: int = 0, rate_hz: int = 10, sensors: Sequence[str] = (), renderer: str = "raytrace",
    device: str = "auto", samples: int | None = None, settings: Mapping[str, str] | None = None,
) -> ClosedLoop:  # fmt: skip
    """Variants of a scenario in which vehicles are driven by step calls.

    Args:
        program: a loaded program, or a name or path for :func:`simengine.load`.
        drives: the vehicles that are driven from outside.
        variants, seed, plan, first: which variants.
        rate_hz: control periods a second.
        sensors: those that :meth:`ClosedLoop.frames` reads; none named: all that the scenario records.
        renderer, device, samples, settings: how frames are made; as for :func:`simengine.episodes`.

    Raises:
        SimEngineError: an argument or the program cannot be used.
    """
    plan = check_draw(variants, first, seed, plan)
    check_rendering(renderer, device, samples, None)
    options = render_options(device, samples, check_settings(settings or {}))
    check_options(renderer, options)
    checked = program if isinstance(program, Program) else load(program)
    require_runnable(checked)
    variation = Variation(checked, seed, plan)
    indices = chosen_indices(variation.sampler, first, variants, variation.geometry)
    named, view = [drives] if isinstance(drives, str) else drives, View(tuple(sensors), renderer, options)
    return ClosedLoop(variation, indices.tolist(), named, rate_hz, view)
