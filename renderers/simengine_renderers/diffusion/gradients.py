"""Gradients of a batch, computed in two threads that take one half each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

from simengine_renderers.diffusion.backend import one_thread, torch

__all__ = ["Gradients"]

T = TypeVar("T")
_THREADS = 2


class Gradients:
    """Two copies of a network with shared weights.

    Each half is computed on one processor and the halves are added in one order, so a training gives the same weights
    however busy the machine is; torch's own threads wait for each other in every operation, which on a busy machine
    takes many times as long.

    Args:
        model: whose gradients are wanted.
        copy: makes a network of the same shape.
    """

    def __init__(self, model: Any, copy: Callable[[], Any]) -> None:
        t = torch()
        self._models = [model]
        for _ in range(_THREADS - 1):
            twin = copy().train()
            for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
                theirs.data = ours.data
            self._models.append(twin)
        self._halves = _half_precision()
        self._pool = ThreadPoolExecutor(_THREADS, "gradients", one_thread)
        self._t = t

    def of(self, batch: Mapping[str, Any]) -> float:
        """Leave the mean gradient of a batch in the model's parameters; returns the mean loss."""
        parts = [{k: v.chunk(_THREADS)[i] for k, v in batch.items()} for i in range(_THREADS)]
        losses = list(self._pool.map(self._half, self._models, parts))
        for own, *others in zip(*(m.parameters() for m in self._models), strict=True):
            for other in others:
                own.grad.add_(other.grad)
            own.grad.div_(_THREADS)
        return sum(losses) / _THREADS

    def apart(self, work: Callable[[], T]) -> T:
        """Do ``work`` on one processor and wait for what it gives."""
        return self._pool.submit(work).result()

    def _half(self, model: Any, batch: Mapping[str, Any]) -> float:
        model.zero_grad(set_to_none=True)
        target = batch["target"]
        inputs = {k: v for k, v in batch.items() if k != "target"}
        with self._t.autocast("cpu", dtype=self._t.bfloat16, enabled=self._halves):
            clean = model(**inputs)
        error = clean.float() - target
        # mean square error, which is what PSNR measures, and a tenth of the mean absolute error against blur
        loss = 10.0 * (error * error).mean() + 0.1 * error.abs().mean()
        loss.backward()
        return float(loss.detach())

    def __enter__(self) -> Gradients:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()


def _half_precision() -> bool:
    """Whether this processor multiplies bfloat16 matrices itself (AMX, AVX-512 BF16)."""
    probe = getattr(torch().ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(probe is not None and probe())
