"""A stream of samples: frames of variants in one fixed order, whoever makes them.

The order depends on program, seed, plan and the options below. A stream can begin anywhere (a cursor) and be dealt to
several processes in runs of equal length: process w of n gets the runs w, w + n, w + 2 n, ... In that order loaders
collect batches from their workers, so that the samples come out as one process would make them. Every process draws and
simulates all variants, and builds and renders only what is its own.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from simengine.engine.episode import LiveEpisode, phases_ns, render_options
from simengine.engine.frames import LiveFrame, Recording
from simengine.engine.options import check_draw, check_rendering, check_settings, plain_numbers, switch, within
from simengine.engine.recording import Phases
from simengine.engine.requested import Requested
from simengine.engine.variation import VARIANT_ERRORS, Failed, Simulated, Variation
from simengine.errors import UsageError
from simengine.language.program import Program
from simengine.render.opening import check_options, warm_up
from simengine.rng import stream
from simengine.sensors.specs import SensorSpec

__all__ = ["Cursor", "Entry", "Share", "Stream", "StreamOptions"]

_MOST_AT_ONCE = 32
_TRIES, _TRIES_PER_VARIANT = 200, 20
_HOPELESS = 20  # variants that fail one after the other


@dataclass(frozen=True)
class StreamOptions:
    """What decides the samples of a stream and their order, beside the program and the channels.

    Attributes:
        variants: how many variants an epoch has; None: no end under the plans random and sobol, all rows of others.
        frames: frames of each variant, spread evenly over its time; None: all.
        seed, plan, first: as for a run.
        mix: the frames of so many variants come interleaved in a random order that depends on seed and epoch (those of
            one variant stay in the order of time).
        renderer, device, samples, settings: how frames are rendered; settings are the renderer's own.
        keep: variants whose ``ensure`` failed count, too.
        on_device: images and points stay arrays of the renderer's device (``RenderOptions.on_device``).
    """

    variants: int | None = None
    frames: int | None = None
    seed: int = 0
    plan: str = "random"
    first: int = 0
    mix: int = 1
    renderer: str = "raytrace"
    device: str = "auto"
    samples: int | None = None
    keep: bool = False
    on_device: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan", check_draw(self.variants or 1, self.first, self.seed, self.planned))
        check_rendering(self.renderer, self.device, self.samples, None)
        within("mix", self.mix, 1, 256)
        for name in ("variants", "frames"):
            if getattr(self, name) is not None:
                within(name, getattr(self, name), 1, 2**40)
        plain_numbers(self, "variants", "frames", "seed", "first", "mix", "samples")
        switch("keep", self.keep)
        switch("on_device", self.on_device)
        object.__setattr__(self, "settings", check_settings(self.settings))

    @property
    def planned(self) -> str:
        """The plan's words; a Latin hypercube must know how many variants there are."""
        if self.plan == "lhs" and self.variants is None:
            raise UsageError("plan 'lhs' needs the number of its variants: lhs:1000, or variants=1000")
        return self.plan


@dataclass(frozen=True)
class Cursor:
    """A place in a stream, before a sample.

    Attributes:
        epoch: which pass.
        sample: number of the sample, from 0 in each epoch.
        drawn, kept: variants drawn and kept before the block (of ``mix`` variants) that holds the sample.
        begun: number of the block's first sample.
    """

    epoch: int = 0
    sample: int = 0
    drawn: int = 0
    kept: int = 0
    begun: int = 0


@dataclass(frozen=True)
class Entry:
    """One sample, not rendered yet.

    Attributes:
        number: in the epoch, from 0.
        simulated: its variant.
        frame: which of the variant's frames (those in which all sensors asked for make a reading), from 0.
        time_ns: since the start of the variant.
        after: the place behind it.
    """

    number: int
    simulated: Simulated
    frame: int
    time_ns: int
    after: Cursor


@dataclass(frozen=True)
class Share:
    """The samples of one of ``processes``: every so many-th run of ``run`` samples, counted from where it began."""

    process: int = 0
    processes: int = 1
    run: int = 1

    def mine(self, number: int, origin: int) -> bool:
        """Whether a sample is made here."""
        return (number - origin) // self.run % self.processes == self.process


class Stream:
    """Samples of a program.

    Args:
        program: a checked program that runs.
        wanted: what is asked of its sensors.
        options: what decides the order.
    """

    def __init__(self, program: Program, wanted: Sequence[Requested], options: StreamOptions) -> None:
        self.program, self.wanted, self.options = program, tuple(wanted), options

    def entries(self, start: Cursor) -> Iterator[list[Entry]]:
        """Samples from a place on, in order, block by block; nothing is rendered.

        Raises:
            UsageError: no frame has all the sensors, or ``ensure`` discards too many variants.
        """
        begin, barren = replace(start, sample=start.begun), 0
        for group, drawn in self._groups(begin):
            after = replace(begin, drawn=begin.drawn + drawn, kept=begin.kept + len(group))
            entries = self._block(group, begin, after)
            barren = 0 if entries else barren + len(group)
            if barren >= _TRIES:
                asked = ", ".join(w.sensor for w in self.wanted)
                raise UsageError(
                    f"{barren} variants in a row have no frame in which all of {asked} make a reading; ask for sensors "
                    "that fire at the same times, each in a stream of its own otherwise"
                )
            yield [e for e in entries if e.number >= start.sample]
            begin = replace(after, sample=begin.sample + len(entries), begun=begin.sample + len(entries))

    def frames(self, start: Cursor, share: Share = Share()) -> Iterator[tuple[Entry, LiveFrame, LiveEpisode]]:
        """Samples of one process from a place on, rendered."""
        threads = max(1, (os.cpu_count() or 1) // share.processes) if share.processes > 1 else None
        chosen = render_options(self.options.device, self.options.samples, self.options.settings)
        chosen = replace(chosen, threads=chosen.threads or threads, on_device=self.options.on_device)
        check_options(self.options.renderer, chosen)
        warm_up(self.options.renderer, chosen, lambda _: None)
        for block in self.entries(start):
            mine = [e for e in block if share.mine(e.number, start.sample)]
            left = Counter(e.simulated.index for e in mine)
            open_now: dict[int, tuple[LiveEpisode, Iterator[LiveFrame]]] = {}
            try:
                for entry in mine:
                    index = entry.simulated.index
                    if index not in open_now:
                        times = [e.time_ns for e in mine if e.simulated.index == index]
                        with _named(index):
                            episode = LiveEpisode(
                                self.program, entry.simulated, self.options.renderer, chosen, choose=self._recordings
                            )
                        open_now[index] = (episode, episode.render(times))
                    episode, frames = open_now[index]
                    with _named(index):
                        frame = next(frames)
                    yield entry, frame, episode
                    left[index] -= 1
                    if not left[index]:
                        _close(*open_now.pop(index))
            finally:
                for episode, frames in open_now.values():
                    _close(episode, frames)

    def _groups(self, begin: Cursor) -> Iterator[tuple[list[Simulated], int]]:
        """Kept variants, ``mix`` at a time, each time with how many were drawn for them."""
        options, group, drawn = self.options, list[Simulated](), 0
        kept, barren, failed = begin.kept, 0, 0
        for simulated in self._simulated(begin):
            if options.variants is not None and kept >= options.variants:
                break
            drawn += 1
            barren += 1
            failed = failed + 1 if isinstance(simulated, Failed) else 0
            if isinstance(simulated, Failed):
                if failed == _HOPELESS:
                    raise simulated.error
            elif simulated.valid or options.keep:
                group.append(simulated)
                kept, barren = kept + 1, 0
            if barren == max(_TRIES, _TRIES_PER_VARIANT * options.mix):
                raise UsageError(
                    f"none of {barren} variants in a row came true ({simulated.reason}); loosen what 'ensure' asks, or "
                    "use keep=True"
                )
            if len(group) == options.mix:
                yield group, drawn
                group, drawn = [], 0
        if group:
            yield group, drawn

    def _simulated(self, begin: Cursor) -> Iterator[Simulated | Failed]:
        """Variants from a place on: a few at first, so that the first sample comes soon, then many at once.

        One that meets an error of its own is left out, as if its ``ensure`` had failed.
        """
        variation = Variation(self.program, self.options.seed, self.options.plan)
        at_once, indices = 2, list[int]()
        limit = _MOST_AT_ONCE if self.options.variants is None else self.options.variants
        batches = variation.batches(self.options.first + begin.drawn, _MOST_AT_ONCE)
        for index in (i for batch in batches for i in batch):
            indices.append(index)
            if len(indices) >= min(at_once, limit):
                yield from variation.attempt(indices)
                at_once, indices = min(2 * at_once, _MOST_AT_ONCE), []
        yield from variation.attempt(indices)

    def _block(self, group: Sequence[Simulated], begin: Cursor, after: Cursor) -> list[Entry]:
        """The samples of some variants in their order."""
        chosen = [self._times_ns(s) for s in group]
        order = np.repeat(np.arange(len(group)), [len(times) for times in chosen])
        if len(group) > 1:
            options = self.options
            order = stream(options.seed, "stream.mix", begin.epoch, options.first + begin.drawn).permutation(order)
        following = [iter(times) for times in chosen]
        out: list[Entry] = []
        for k, which in enumerate(order.tolist()):
            frame, time_ns = next(following[which])
            number = begin.begun + k
            out.append(Entry(number, group[which], frame, time_ns, replace(begin, sample=number + 1)))
        if out:  # behind the last one the next block begins
            end = begin.begun + len(out)
            out[-1] = replace(out[-1], after=replace(after, sample=end, begun=end))
        return out

    def _times_ns(self, simulated: Simulated) -> list[tuple[int, int]]:
        """Number and time of the frames of a variant that are samples."""
        phases = phases_ns(simulated.trace)
        first = self.wanted[0].firings(self.program, phases).times_ns(simulated.trace.duration_ns)
        due = [w.due(self.program, phases) for w in self.wanted]
        times = [t for t in first if all(d(t) for d in due)]
        count = len(times)
        if self.options.frames is None or self.options.frames >= count:
            return list(enumerate(times))
        k = self.options.frames
        return [(i, times[i]) for i in ((2 * j + 1) * count // (2 * k) for j in range(k))]

    def _recordings(self, program: Program, sensors: Sequence[SensorSpec], phases: Phases) -> list[Recording]:
        specs = {s.name: s for s in sensors}
        return [w.recording(program, specs[w.sensor], phases) for w in self.wanted]


@contextmanager
def _named(variant: int) -> Generator[None]:
    """Errors of one variant say which; only the process that renders it meets them, so none can leave it out."""
    try:
        yield
    except VARIANT_ERRORS as error:
        raise type(error)(
            f"variant {variant} of the stream cannot be rendered: {error}; loosen the scenario, or begin behind it "
            f"with first={variant + 1}"
        ) from error


def _close(episode: LiveEpisode, frames: Iterator[LiveFrame]) -> None:
    close = getattr(frames, "close", None)
    if close is not None:
        close()
    episode.close()
