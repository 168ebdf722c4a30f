"""A scenario as an iterable dataset: the same samples in the same order for any number of workers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from simengine.engine.episode import render_options
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import within
from simengine.engine.requested import BOXES2D, BOXES3D, requested
from simengine.engine.stream import Cursor, Share, Stream, StreamOptions
from simengine.errors import UsageError, an
from simengine.language import Program
from simengine.language.scenario import source_digest
from simengine.render.opening import check_options
from simengine.torch.backend import IterableDataset, torch, torch_data
from simengine.torch.collate import collate_padded
from simengine.torch.samples import Sample, sample_of

if TYPE_CHECKING:
    from simengine.torch.loader import StreamLoader

__all__ = ["ScenarioDataset"]

MOST = 2**62
_PLACE = tuple(f.name for f in fields(Cursor))


class ScenarioDataset(IterableDataset):
    """Frames of the variants of a scenario, rendered as they are asked for.

    A sample is a dictionary ``"sensor.channel"`` -> tensor. Images are (C, H, W) or (H, W) views of the renderer's
    arrays with their dtypes and units (``simengine.render.protocol.CAMERA_CHANNELS``); ``points`` and boxes are
    dictionaries of tensors. docs/training.md lists them all.

    A ``DataLoader`` with several workers gives the samples in the order of a single process, if the dataset knows its
    batch size: use :meth:`loader`, or give ``batch_size`` to both.

    Args:
        scenario: a loaded program, or a name or path for :func:`simengine.load`.
        channels: ``"rgb"`` (of every camera), ``"front.rgb"`` (of one), ``"points"``, ``"boxes2d"``, ``"boxes3d"``,
            ``"pose"``, ``"intrinsics"``; None: all that the scenario records. A sample is an instant at which all
            sensors asked for make a reading.
        batch_size: of the ``DataLoader`` that reads the dataset with several workers.
        variants: how many variants an epoch has; None: no end under the plans random and sobol, all rows of others.
        frames: frames of each variant, spread evenly over its time; None: all.
        seed, plan, first: which variants. Streams with different seeds have no draw in common: split by seed.
        mix: the frames of so many variants come interleaved, in another order in each epoch.
        renderer, device, samples, settings: how frames are rendered (``samples``: rays a pixel; ``settings``: the
            renderer's own, names to text, as ``--set`` of a run gives them).
        keep: variants whose ``ensure`` failed count, too.
        on_device: images and points are tensors on the renderer's device that share its memory; nothing passes through
            the processor's. Without loader workers and without boxes.

    Raises:
        UsageError: an option or channel that cannot be had.
        ProgramError, NotRunnableError: of the scenario.
    """

    def __init__(
        self, scenario: Program | str | Path, channels: Sequence[str] | None = None, *, batch_size: int = 1,
        variants: int | None = None, frames: int | None = None, seed: int = 0, plan: str = "random", first: int = 0,
        mix: int = 1, renderer: str = "raytrace", device: str = "auto", samples: int | None = None, keep: bool = False,
        on_device: bool = False, settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        parent: Any = super()
        parent.__init__()
        self.batch_size = within("batch_size", batch_size, 1, MOST)
        self.program = scenario if isinstance(scenario, Program) else load(scenario)
        require_runnable(self.program)
        self.wanted = requested(self.program, channels)
        self.options = StreamOptions(
            variants, frames, seed, plan, first, mix, renderer, device, samples, keep, on_device,
            {} if settings is None else settings,
        )  # fmt: skip
        check_options(renderer, render_options(device, samples, self.options.settings))
        asked = {c for w in self.wanted for c in w.channels}
        if on_device and asked & {BOXES2D, BOXES3D}:
            raise UsageError("boxes are made from arrays of the processor; ask for them without on_device")
        # in memory that workers share, as those that persist see nothing else of this process
        self._start = torch.zeros(len(_PLACE), dtype=torch.int64).share_memory_()
        self._reached: Cursor | None = None

    @property
    def start(self) -> Cursor:
        """Where the next pass begins."""
        return Cursor(*self._start.tolist())

    @start.setter
    def start(self, cursor: Cursor) -> None:
        self._start.copy_(torch.tensor([getattr(cursor, name) for name in _PLACE]))
        self._reached = None

    def __iter__(self) -> Iterator[Sample]:
        info = torch_data.get_worker_info()
        if self.options.on_device and info is not None:
            raise UsageError("tensors of a device do not leave a worker process; use num_workers=0 with on_device")
        share = Share() if info is None else Share(info.id, info.num_workers, self.batch_size)
        start = self.start
        self._reached = start
        stream = Stream(self.program, self.wanted, self.options)
        for entry, frame, _ in stream.frames(start, share):
            self._reached = entry.after
            yield sample_of(entry, frame, self.wanted)

    def set_epoch(self, epoch: int) -> None:
        """The next passes are this epoch from its beginning. Without ``mix`` all epochs are alike."""
        self.start = Cursor(epoch=within("epoch", epoch, 0, MOST))

    def state_dict(self) -> dict[str, Any]:
        """The place behind the last sample that this object gave in this process, as plain JSON values.

        With workers, samples are given by their copies of the dataset: use ``state_dict`` of :meth:`loader`.
        """
        return self.state_at(self._reached or self.start)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The next passes begin at a place of :meth:`state_dict`, until :meth:`set_epoch` is called.

        Raises:
            UsageError: the state is of another stream, or none.
        """
        if not isinstance(cast("object", state), Mapping) or "stream" not in state:
            raise UsageError(f"a state is what state_dict() gives; found {an(type(state).__name__)} of something else")
        if state["stream"] != self.identity:
            raise UsageError(
                "this state belongs to another stream: it can be loaded where scenario, seed, plan, first, frames, "
                "mix, keep and the sensors asked for are the same"
            )
        missing = [name for name in _PLACE if name not in state]
        if missing:
            raise UsageError(f"this state is not whole: it holds no {', '.join(missing)}")
        self.start = Cursor(*(within(f"{name} of the state", state[name], 0, MOST) for name in _PLACE))

    def state_at(self, cursor: Cursor) -> dict[str, Any]:
        """The state for a place in the stream."""
        return {"stream": self.identity, **asdict(cursor)}

    @property
    def identity(self) -> str:
        """Digest of what decides which samples come in which order."""
        options = asdict(self.options)
        for name in ("variants", "renderer", "device", "samples", "on_device", "settings"):
            del options[name]
        parts = {"source": source_digest(self.program), "name": self.program.name, **options}
        parts["sensors"] = [w.sensor for w in self.wanted]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    def loader(
        self, batch_size: int = 1, num_workers: int = 0,
        collate_fn: Callable[[Sequence[Sample]], Any] = collate_padded, **options: Any,
    ) -> StreamLoader:  # fmt: skip
        """A ``DataLoader`` that gives the batches of a single process with any number of workers, and can resume.

        Args:
            batch_size, num_workers: of the loader. It reads a copy of the dataset that knows the former, and begins
                where this one would.
            collate_fn: from samples to a batch.
            options: any other of ``DataLoader``'s. Use ``multiprocessing_context="spawn"`` where this process uses a
                GPU.
        """
        from simengine.torch.loader import StreamLoader

        own = copy(self)
        within("batch_size", batch_size, 1, MOST)
        within("num_workers", num_workers, 0, 1024)
        if not callable(collate_fn):
            raise UsageError(f"collate_fn must be a function of a list of samples, got {an(type(collate_fn).__name__)}")
        own.batch_size, own._start = batch_size, self._start.clone().share_memory_()
        return StreamLoader(own, batch_size, num_workers, collate_fn, **options)
