"""Skips everything here where pyrender or EGL is missing (but not the tests of that very message)."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def opengl() -> str:
    """What draws on this machine."""
    pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")
    from simengine.errors import PluginError
    from simengine_renderers import raster

    try:
        return raster.describe()
    except PluginError as error:
        pytest.skip(f"no OpenGL through EGL here: {error}")
