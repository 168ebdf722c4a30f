"""From jobs to episodes on disk, in one process: variants overlap, as their stages use different parts of the machine.

While one variant is rendered, the next one is drawn, simulated, its scene built and its first frames begun, and the
last one's files are completed; without that, all but one processor wait at each of these moments.
"""

from __future__ import annotations

import itertools
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from time import perf_counter

from simengine.datasets import DatasetWriter, EpisodeContent
from simengine.datasets.surfaces import CHANNELS as SURFACE_CHANNELS
from simengine.engine.episode import Job, LiveEpisode, Outcome, render_options
from simengine.engine.events import Event, Report
from simengine.engine.frames import LiveFrame
from simengine.engine.options import RunOptions
from simengine.engine.variation import VARIANT_ERRORS
from simengine.language import Program

__all__ = ["in_turn", "write_episode"]


class _Begun:
    """An episode whose first frame is there and whose next ones are being made: ``frames`` gives all, once."""

    def __init__(self, episode: LiveEpisode) -> None:
        self.episode, self._rest = episode, episode.render(episode.times_ns())
        self.frames: Iterator[LiveFrame] = itertools.chain(list(itertools.islice(self._rest, 1)), self._rest)

    def close(self) -> None:
        """End what is being made."""
        self._rest.close()
        self.episode.close()


def write_episode(
    job: Job, program: Program, options: RunOptions, writer: DatasetWriter, report: Report
) -> Outcome:  # fmt: skip
    """Render a variant and write its episode; the folder appears when it is complete."""
    try:
        with closing(_prepared(job, program, options)) as begun:
            return _complete(begun.episode, _rendered(begun, writer, report))
    except VARIANT_ERRORS as error:
        return Outcome(job.simulated.index, 0, {}, error)


def in_turn(
    jobs: Iterator[Job], program: Program, options: RunOptions, writer: DatasetWriter, report: Report,
    ready: Callable[[], object],
) -> Generator[Outcome, None, None]:  # fmt: skip
    """Write an episode of every job; outcomes come in the order of the jobs.

    An error comes when its variant's turn has come: those before it are complete, and nothing is left of it. One that
    is of its variant alone is an outcome, and the others go on.
    """

    def prepare() -> _Begun | Outcome | None:
        job = next(jobs, None)
        if job is None:
            return None
        if not told:
            report(Event("stage", f"building the scene of variant {job.simulated.index} for its first frame"))
            told.append(True)
        try:
            return _prepared(job, program, options, ready)
        except VARIANT_ERRORS as error:
            return Outcome(job.simulated.index, 0, {}, error)

    told: list[bool] = []
    ahead, behind = ThreadPoolExecutor(1, "prepare"), ThreadPoolExecutor(1, "complete")
    finishing: deque[Future[Outcome]] = deque()
    upcoming = ahead.submit(prepare)
    try:
        while (made := upcoming.result()) is not None:
            upcoming = ahead.submit(prepare)
            finishing.append(_begun(made, writer, report, behind))
            while len(finishing) > 1:  # one is completed while the next is rendered
                yield finishing.popleft().result()
        while finishing:
            yield finishing.popleft().result()
    finally:
        ahead.shutdown(cancel_futures=True)
        if not upcoming.cancelled() and upcoming.exception() is None:
            left = upcoming.result()
            if isinstance(left, _Begun):
                left.close()
        behind.shutdown()


def _begun(
    made: _Begun | Outcome, writer: DatasetWriter, report: Report, behind: ThreadPoolExecutor
) -> Future[Outcome]:  # fmt: skip
    """Render an episode; its files are completed by another thread."""
    if isinstance(made, _Begun):
        with closing(made):
            try:
                return behind.submit(_complete, made.episode, _rendered(made, writer, report))
            except VARIANT_ERRORS as error:
                made = Outcome(made.episode.variant, 0, {}, error)
    done: Future[Outcome] = Future()
    done.set_result(made)
    return done


def _prepared(job: Job, program: Program, options: RunOptions, ready: Callable[[], object] = lambda: None) -> _Begun:
    """A variant whose scene is built and whose frames, when the renderer is ``ready``, are begun."""
    began = perf_counter()
    chosen = render_options(options.device, options.samples, options.settings)
    episode = LiveEpisode(program, job.simulated, options.renderer, chosen, options.max_frames)
    spent = perf_counter() - began
    try:
        ready()  # compiling, where it takes that long, is no part of the scene's time
        began = perf_counter()
        episode.open()
        episode.clock.seconds["scene"] = spent + perf_counter() - began
        return _Begun(episode)
    except BaseException:
        episode.close()
        raise


def _rendered(begun: _Begun, writer: DatasetWriter, report: Report) -> ExitStack:
    """Hand all frames to the writer. Closing what is returned completes the episode."""
    episode = begun.episode
    total = len(episode.times_ns())
    stored = {r.spec.name: r.shown for r in episode.recordings}
    content = EpisodeContent(
        episode.simulated.row("kept"), episode.scenario_json(), tuple(episode.sensors.values()), episode.scene.entities,
        stored, episode.weather,
        tuple(episode.signals.values()), episode.tunings, episode.surfaces if _names_surfaces(stored) else None,
    )  # fmt: skip
    stack = ExitStack()
    out = stack.enter_context(writer.episode(content))
    try:
        for frame in begun.frames:
            began = perf_counter()
            out.write_frame(
                frame.index, frame.time_ns, frame.readings, objects=frame.boxes3d if frame.has_boxes3d else None,
                boxes={n: v.boxes2d for n, v in frame.items() if v.has_boxes2d}, bodies=frame.bodies, copy=False,
                shown=frame.shown, tables=frame.tables, measures=None if frame.measured is None else frame.measures,
            )  # fmt: skip
            episode.clock.spend("write", perf_counter() - began)
            report(Event("frame", "", episode.simulated.index, frame.index + 1, total))
    except BaseException:
        stack.__exit__(*sys.exc_info())
        raise
    return stack


def _names_surfaces(stored: Mapping[str, Sequence[str]]) -> bool:
    return any(channel in channels for channels in stored.values() for channel in SURFACE_CHANNELS)


def _complete(episode: LiveEpisode, out: ExitStack) -> Outcome:
    began = perf_counter()
    out.close()
    episode.clock.spend("write", perf_counter() - began)
    return Outcome(episode.simulated.index, len(episode.times_ns()), dict(episode.clock.seconds))
