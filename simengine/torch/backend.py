"""PyTorch, imported in one place and untyped, so that the engine checks and installs without it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

__all__ = ["DataLoader", "IterableDataset", "Tensor", "default_collate_fn_map", "torch", "torch_data"]

Tensor: TypeAlias = Any
"""A ``torch.Tensor``."""

torch: Any = import_module("torch")
torch_data: Any = import_module("torch.utils.data")
IterableDataset: Any = torch_data.IterableDataset
DataLoader: Any = torch_data.DataLoader
default_collate_fn_map: Any = import_module("torch.utils.data._utils.collate").default_collate_fn_map
"""Where PyTorch's documentation of ``default_collate`` says that types of one's own are registered."""
