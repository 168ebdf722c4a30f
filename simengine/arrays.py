"""Array types shared by all layers. Leading ``*batch`` axes, then entity, then component (docs/conventions.md)."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "BoolArray", "F32Array", "F64Array", "I32Array", "I64Array", "U8Array", "frozen"]

Array: TypeAlias = npt.NDArray[Any]
F64Array: TypeAlias = npt.NDArray[np.float64]
F32Array: TypeAlias = npt.NDArray[np.float32]
I64Array: TypeAlias = npt.NDArray[np.int64]
I32Array: TypeAlias = npt.NDArray[np.int32]
U8Array: TypeAlias = npt.NDArray[np.uint8]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def frozen(array: npt.ArrayLike, dtype: npt.DTypeLike) -> Array:
    """A contiguous, read-only copy of an array with the given dtype (for fields of immutable dataclasses)."""
    out: Array = np.array(array, dtype=dtype, order="C", copy=True)
    out.setflags(write=False)
    return out
