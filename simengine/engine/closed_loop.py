"""A loop that is closed from outside: a policy drives vehicles by step calls, and reads what they come to."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import TracebackType

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.datasets.frame import Frame
from simengine.engine.episode import render_options
from simengine.engine.live_readings import LiveReadings
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import check_draw, check_rendering, check_settings
from simengine.engine.outside import Command, Observation, columns, command, observe, steered_slots
from simengine.engine.simulate import Run
from simengine.engine.variation import VARIANT_ERRORS, Failed, Simulated, Variation, chosen_indices
from simengine.errors import SimEngineError, UsageError
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


@dataclass(eq=False)
class _Part:
    """Variants that advance together: which rows of the batch, their run, and what has last been seen of them."""

    rows: I64Array
    run: Run
    ticks: Iterator[int]
    tick: int
    seen: Observation
    error: SimEngineError | None = None


class ClosedLoop:
    """B variants of a scenario that wait for what they are told in each control period.

    A variant that meets an error of its own (an order that cannot be carried out, an integration that has gone astray)
    is left out from then on: the others begin anew without it and are told again what they had been told, which brings
    them to the same bits.

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
        self._parts: list[_Part] = []
        self._told: list[dict[str, tuple[F64Array, F64Array]]] = []
        self._over = True
        self._slots: dict[str, int] = {}
        self._view = view
        self._readings: list[LiveReadings] = []

    @property
    def variants(self) -> int:
        """How many variants there are, B."""
        return len(self._indices)

    @property
    def failed(self) -> list[Failed]:
        """Variants that have met an error of their own since the last reset: ``index`` and ``reason`` of each."""
        tags = self._variation.program.tags
        return [Failed(self._numbers(p.rows)[0], p.error, None, tags) for p in self._parts if p.error is not None]

    def _numbers(self, rows: I64Array) -> list[int]:
        """Of variants."""
        return [self._indices[int(row)] for row in rows]

    def reset(self) -> Observation:
        """Begin anew, with the same variants: they come out the same for the same actions."""
        self.close()
        self._told, self._over = [], False
        self._parts = [self._begun(np.arange(self.variants, dtype=np.int64))]
        return self._seen()

    def _begun(self, rows: I64Array) -> _Part:
        """Some of the variants at their start."""
        run = self._variation.prepared(self._numbers(rows))
        self._slots = steered_slots(run.variants.roster, dict.fromkeys(self.drives))
        if run.rate_hz % self._rate_hz:
            raise UsageError(
                f"a control rate must divide the {run.rate_hz} ticks a second of the simulation; got {self._rate_hz} "
                "Hz; take for example 10, 20, 25 or 50 Hz"
            )
        ticks = run.ticks()
        tick = next(ticks)
        return _Part(rows, run, ticks, tick, _observed(run, tick))

    def step(self, actions: Mapping[str, Command]) -> Observation:
        """Drive on for one control period.

        Args:
            actions: by vehicle, see :data:`simengine.engine.outside.Command`. Who is not told anything goes on as told.

        Raises:
            UsageError: ``reset`` has not been called, all variants have stopped, or an action does not fit.
            SimEngineError: all variants have met errors of their own; the first of these.
        """
        if not self._parts or self._over:
            raise UsageError("there is nothing to drive: call reset() first, and after all variants have stopped")
        running = self._seen().running
        for name in actions:
            if name not in self._slots:
                raise UsageError(f"'{name}' is not driven from outside; driven are {', '.join(self._slots)}")
        self._told.append({name: columns(name, asked, running) for name, asked in actions.items()})
        before = len(self.failed)
        self._parts = [after for part in self._parts for after in self._stepped(part)]
        seen = self._seen()
        self._over = not bool(seen.running.any())
        failed = self.failed
        if len(failed) == self.variants:
            raise failed[0].error
        if len(failed) > before:
            left_out = "; ".join(one.reason for one in failed)
            warnings.warn(f"{len(failed)} of {self.variants} variants are left out: {left_out}", stacklevel=2)
        return seen

    def _stepped(self, part: _Part) -> list[_Part]:
        """A part after the newest actions; in pieces where one of its variants has met an error."""
        if part.error is not None:
            return [part]
        try:
            self._advance(part, self._told[-1])
            return [part]
        except VARIANT_ERRORS as error:
            self.close()  # frames are those of other runs from now on
            if part.rows.size > 1:
                return [piece for rows in np.array_split(part.rows, 2) for piece in self._again(rows)]
            part.error, part.seen = error, replace(part.seen, running=np.zeros(1, np.bool_))
            return [part]

    def _again(self, rows: I64Array) -> list[_Part]:
        """Some of the variants, told again all that they had been told before, and then the newest actions."""
        part = self._begun(rows)
        for actions in self._told[:-1]:
            self._advance(part, actions)
        return self._stepped(part)

    def _advance(self, part: _Part, actions: Mapping[str, tuple[F64Array, F64Array]]) -> None:
        run = part.run
        running: BoolArray = np.asarray(run.stop_tick < 0, np.bool_)
        for name, (acceleration, angle) in actions.items():
            command(run.simulation, name, self._slots[name], (acceleration[part.rows], angle[part.rows]), running)
        for _ in range(run.rate_hz // self._rate_hz):
            if (tick := next(part.ticks, None)) is None:
                break
            part.tick = tick
        part.seen = _observed(run, part.tick)

    def frames(self) -> list[Frame | None]:
        """What the sensors have read by now: of each variant its newest frame, None before the first one is complete,
        and of those that have met an error.

        A frame is complete one period of its slowest sensor after it began. It equals, bit for bit, the frame of that
        time of the finished run. A variant that has stopped keeps its last one.

        Raises:
            UsageError: ``reset`` has not been called, or a sensor is not recorded.
        """
        if not self._parts:
            raise UsageError("there is nothing to see: call reset() first")
        sound = [part for part in self._parts if part.error is None]
        if not self._readings:
            view = self._view
            for part in sound:
                scenarios = self._variation.scenarios(self._numbers(part.rows))
                self._readings.append(LiveReadings(part.run, scenarios, view.sensors, view.renderer, view.options))
        out: list[Frame | None] = [None] * self.variants
        for part, readings in zip(sound, self._readings, strict=True):
            for row, frame in zip(part.rows.tolist(), readings.frames(), strict=True):
                out[row] = frame
        return out

    def close(self) -> None:
        """Free the renderers; ``reset`` and the end of a ``with`` block do it, too."""
        for readings in self._readings:
            readings.close()
        self._readings = []

    def __enter__(self) -> ClosedLoop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def results(self) -> list[Simulated]:
        """Verdicts, figures and traces of all variants, which must have stopped; without those that have failed.

        Raises:
            UsageError: one still runs.
        """
        if not self._parts or not self._over:
            raise UsageError("variants still run: step until 'running' of the observation is nowhere true")
        out: list[Simulated] = []
        for part in self._parts:
            if part.error is None:
                for _ in part.ticks:  # what sensors need beyond the stop
                    pass
                out += self._variation.finished(self._numbers(part.rows), part.run.traces())
        return out

    def _seen(self) -> Observation:
        """What is seen of all parts: these are in the order of their rows."""
        parts = [part.seen for part in self._parts]
        if len(parts) == 1:
            return parts[0]
        arrays = {f.name: [getattr(one, f.name) for one in parts] for f in fields(Observation)}
        joined = {name: np.concatenate(v) for name, v in arrays.items() if name not in ("time_s", "names")}
        return Observation(max(one.time_s for one in parts), parts[0].names, **joined)


def _observed(run: Run, tick: int) -> Observation:
    running: BoolArray = np.asarray(run.stop_tick < 0, np.bool_)
    return observe(run.simulation, run.variants.size_m, tick, run.rate_hz, running)


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
