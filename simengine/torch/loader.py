"""A DataLoader that knows how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simengine.engine.options import within
from simengine.engine.stream import Cursor
from simengine.errors import SimEngineError
from simengine.torch.backend import DataLoader
from simengine.torch.samples import Sample

if TYPE_CHECKING:
    from simengine.torch.dataset import ScenarioDataset

__all__ = ["StreamLoader"]


@dataclass(frozen=True)
class _WithPlace:
    """Collates, and says where the stream goes on behind the batch; travels to the workers."""

    collate: Callable[[Sequence[Sample]], Any]

    def __call__(self, samples: Sequence[Sample]) -> tuple[Any, tuple[int, ...]]:
        after = samples[-1].after
        return self.collate(samples), (after.epoch, after.sample, after.drawn, after.kept, after.begun)


def _unwrapped(error: SimEngineError) -> SimEngineError:
    """An error of a worker without the traceback that PyTorch puts into its text; that stays as its cause."""
    _, found, text = str(error).rpartition(f"\n{type(error).__module__}.{type(error).__qualname__}: ")
    return type(error)(text.strip()) if found else error


class StreamLoader(DataLoader):
    """Batches of a :class:`simengine.torch.ScenarioDataset`; made by its method ``loader``.

    Each full pass is an epoch; the next pass is the next epoch. A pass that was left in the middle is begun again,
    unless a state is loaded.
    """

    def __init__(
        self, dataset: ScenarioDataset, batch_size: int, num_workers: int,
        collate_fn: Callable[[Sequence[Sample]], Any], **options: Any,
    ) -> None:  # fmt: skip
        self._next, self._reached = dataset.start, dataset.start
        parent: Any = super()
        parent.__init__(
            dataset, batch_size=batch_size, num_workers=num_workers, collate_fn=_WithPlace(collate_fn), **options
        )

    def __iter__(self) -> Iterator[Any]:
        start = self._next
        self._next = Cursor(epoch=start.epoch)
        self.dataset.start = self._reached = start
        parent: Any = super()
        batches: Iterator[tuple[Any, Sequence[int]]] = parent.__iter__()
        while True:
            try:
                batch, place = next(batches)
            except StopIteration:
                break
            except SimEngineError as error:
                raise _unwrapped(error) from error
            self._reached = Cursor(*place)
            yield batch
        self.set_epoch(start.epoch + 1)

    def set_epoch(self, epoch: int) -> None:
        """The next pass is this epoch, from its beginning."""
        self._next = self._reached = Cursor(epoch=within("epoch", epoch, 0, 2**62))

    def state_dict(self) -> dict[str, Any]:
        """The place behind the last batch that was handed out, as plain JSON values."""
        return self.dataset.state_at(self._reached)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The next pass goes on at a place of :meth:`state_dict`, with any batch size and number of workers.

        Raises:
            UsageError: the state is of another stream.
        """
        self.dataset.load_state_dict(state)
        self._next = self._reached = self.dataset.start
