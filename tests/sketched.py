"""A library whose things check and cannot be built: what a program says of it does not run yet (W0501)."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.world.library import EntityKind, Library

SKETCH = Library("sketch", {}, {"ferry": EntityKind("ferry", "object", size_m={"": (12.0, 2.5, 3.0)}, models=("",))})


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """``use sketch`` names it until the test is over."""
    monkeypatch.setitem(libraries(), "sketch", SKETCH)
