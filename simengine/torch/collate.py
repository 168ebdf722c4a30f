"""Batches of samples. Images are stacked; boxes and points, of which every frame has another number, have two forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from simengine.errors import UsageError
from simengine.torch.backend import Tensor, default_collate_fn_map, torch, torch_data
from simengine.torch.samples import Sample

__all__ = ["collate_lists", "collate_padded"]


def collate_padded(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A batch of equal tensors: B samples, boxes and points padded to the longest, N.

    Returns:
        Images (B, ...); whole numbers as int64 (B,); for boxes and points their fields (B, N, ...), filled up with 0 in
        floats and -1 in whole numbers, and ``valid`` (B, N) bool. What is no tensor or number becomes a list.

    Raises:
        UsageError: images of different sizes (use :func:`collate_lists`).
    """
    return _collate(samples, _padded, _stacked)


def collate_lists(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A batch without padding: boxes and points as a list of B dictionaries, images of different sizes as a list."""
    return _collate(samples, list, _stacked_or_list)


def _collate(
    samples: Sequence[Mapping[str, Any]], fields: Callable[[Sequence[Mapping[str, Tensor]]], Any],
    tensors: Callable[[str, Sequence[Tensor]], Any],
) -> dict[str, Any]:  # fmt: skip
    _check_order(samples)
    out: dict[str, Any] = {}
    for key, first in samples[0].items():
        values = [s[key] for s in samples]
        if isinstance(first, Mapping):
            out[key] = fields(values)
        elif isinstance(first, torch.Tensor):
            out[key] = tensors(key, values)
        elif isinstance(first, int) and not isinstance(first, bool):
            out[key] = torch.tensor(values, dtype=torch.int64)
        else:
            out[key] = values
    return out


def _check_order(samples: Sequence[Mapping[str, Any]]) -> None:
    """Samples of a batch that a worker made follow each other; else the batches would come in another order."""
    info = torch_data.get_worker_info()
    if info is None or info.num_workers < 2 or not all(isinstance(s, Sample) for s in samples):
        return
    numbers = [s["number"] for s in samples]
    if any(b != a + 1 for a, b in pairwise(numbers)):
        raise UsageError(
            f"the loader's workers make batches of {len(samples)}, which the dataset does not know, so that samples "
            f"would come in another order: give it batch_size={len(samples)}, or use dataset.loader(...)"
        )


def _stacked(key: str, values: Sequence[Tensor]) -> Tensor:
    shapes = {tuple(v.shape) for v in values}
    if len(shapes) > 1:
        raise UsageError(
            f"'{key}' has different sizes in a batch, {' and '.join(map(str, sorted(shapes)))}; use collate_lists"
        )
    return torch_data.default_collate(list(values))


def _stacked_or_list(key: str, values: Sequence[Tensor]) -> Any:
    return _stacked(key, values) if len({tuple(v.shape) for v in values}) == 1 else list(values)


def _padded(values: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    counts = [len(next(iter(v.values()))) for v in values]
    longest = max(counts)
    out: dict[str, Tensor] = {"valid": torch.arange(longest)[None, :] < torch.tensor(counts)[:, None]}
    for name, first in values[0].items():
        fill = 0 if first.dtype.is_floating_point else -1
        padded = torch.full((len(values), longest, *first.shape[1:]), fill, dtype=first.dtype)
        for row, value in enumerate(values):
            padded[row, : counts[row]] = value[name]
        out[name] = padded
    return out


def _default(batch: Sequence[Sample], *, collate_fn_map: object = None) -> dict[str, Any]:
    return collate_padded(batch)


default_collate_fn_map[Sample] = _default  # a plain DataLoader batches our samples, too
