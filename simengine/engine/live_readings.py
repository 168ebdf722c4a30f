"""What sensors read while a batch is still being simulated: the frames that the finished run would have, as they come.

A reading takes one period of its sensor (a LiDAR turns round, a shutter opens and the image is read out), and is there
when that is over. So nothing of the future is in it, and each frame equals, bit for bit, that of the same run rendered
afterwards (of a run in which something that stands is run into later, to a rounding).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from simengine.datasets.frame import Frame
from simengine.engine.clock import tick_time_ns
from simengine.engine.episode import LiveEpisode, Phases
from simengine.engine.frames import Recording, frame_times
from simengine.engine.recording import recordings
from simengine.engine.simulate import Run
from simengine.engine.variation import Simulated
from simengine.errors import UsageError, did_you_mean
from simengine.language import Program
from simengine.language.scenario import Scenario
from simengine.render.protocol import RenderOptions
from simengine.sensors.specs import SensorSpec

__all__ = ["LiveReadings"]


class LiveReadings:
    """The newest frame of each variant of a run. A context manager: it holds renderers.

    Args:
        run: the batch.
        scenarios: its draws.
        sensors: which of them are read; all that are recorded where none is named.
        renderer, options: how frames are made.

    Raises:
        UsageError: a sensor is not there, or the scenario records nothing of it.
    """

    def __init__(
        self, run: Run, scenarios: Sequence[Scenario], sensors: Sequence[str], renderer: str, options: RenderOptions
    ) -> None:
        recorded = [s.name for s in run.program.sensors if any(r.sensor == s.name for r in run.program.records)]
        for name in sensors:
            if name not in recorded:
                near = did_you_mean(name, recorded)
                hint = f"did you mean '{near}'?" if near else f"recorded are {', '.join(recorded) or 'none'}"
                raise UsageError(f"the scenario records no sensor '{name}' that could be read; {hint}")
        self._run, self._scenarios, self._names = run, list(scenarios), frozenset(sensors or recorded)
        self._renderer, self._options = renderer, options
        self._episodes: list[LiveEpisode | None] = [None] * len(self._scenarios)
        self._newest: list[Frame | None] = [None] * len(self._scenarios)

    def frames(self) -> list[Frame | None]:
        """Of each variant the newest frame whose readings are complete; None: there is none yet."""
        return [self._frame(row) for row in range(len(self._scenarios))]

    def _frame(self, row: int) -> Frame | None:
        known, episode = self._newest[row], self._episode(row)
        newest_ns = tick_time_ns(len(self._run.moved) - 1, self._run.rate_hz)
        slowest_ns = max((r.reach_ns for r in episode.recordings), default=0)
        times = frame_times(episode.recordings, min(newest_ns - slowest_ns, episode.trace.duration_ns))
        if times and (known is None or known.time_ns != times[-1]):
            (self._newest[row],) = episode.render(times[-1:], len(times) - 1)
        return self._newest[row]

    def _episode(self, row: int) -> LiveEpisode:
        """The variant as far as it has come; its scene is built again where something else has begun to move."""
        scenario, trace = self._scenarios[row], self._run.so_far(row)
        simulated = Simulated(scenario, trace, (), {}, self._run.program.tags)
        episode = self._episodes[row]
        if episode is not None and episode.trace.moving == trace.moving:
            episode.follow(simulated)
            return episode
        if episode is not None:
            episode.close()
        made = LiveEpisode(self._run.program, simulated, self._renderer, self._options, choose=self._chosen)
        self._episodes[row] = made
        return made

    def _chosen(self, program: Program, sensors: Sequence[SensorSpec], phases: Phases) -> list[Recording]:
        return [r for r in recordings(program, sensors, phases) if r.spec.name in self._names]

    def close(self) -> None:
        """Free the renderers."""
        for episode in self._episodes:
            if episode is not None:
                episode.close()
        self._episodes = [None] * len(self._scenarios)

    def __enter__(self) -> LiveReadings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
