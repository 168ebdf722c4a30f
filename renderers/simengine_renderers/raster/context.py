"""The OpenGL context of this process: opened once on EGL through pyrender's platform, destroyed when the process ends.

A context is current only while something is drawn, so renderers may be used from any thread, one at a time.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from simengine.errors import PluginError, UsageError

__all__ = ["GlContext", "gl_context"]

_NEEDED = ("GL_ARB_clip_control", "GL_ARB_multi_draw_indirect", "GL_ARB_base_instance")
_SOFTWARE = ("llvmpipe", "softpipe", "swrast")
_INSTALL = (
    "renderer 'raster' needs EGL and an OpenGL 4.1 driver: apt install libegl1 libgl1 libgl1-mesa-dri (draws on the "
    "CPU), or the graphics card's own driver with EGL (in containers: NVIDIA_DRIVER_CAPABILITIES=all)"
)


class GlContext:
    """An open context.

    Attributes:
        device: name and OpenGL version of what draws.
        software: it draws on the CPU.
        programs: compiled shaders, kept for the next renderer of the process.
        clip_control, multi_draw: entry points that PyOpenGL 3.1.0, which pyrender asks for, does not have.
    """

    def __init__(self, platform: Any) -> None:
        from OpenGL import EGL, GL

        self._platform, self._egl = platform, EGL
        self._lock, self._depth = threading.RLock(), 0
        self.programs: dict[Hashable, Any] = {}
        renderer, version = (_text(GL.glGetString(name)) for name in (GL.GL_RENDERER, GL.GL_VERSION))
        self.device = f"{renderer}, OpenGL {version}"
        self.software = renderer.lower().startswith(_SOFTWARE)
        count = int(GL.glGetIntegerv(GL.GL_NUM_EXTENSIONS))
        known = {_text(GL.glGetStringi(GL.GL_EXTENSIONS, i)) for i in range(count)}
        self.missing = [name for name in _NEEDED if name not in known]
        self.clip_control = self._entry("glClipControl", ctypes.c_uint, ctypes.c_uint)
        self.multi_draw = self._entry(
            "glMultiDrawElementsIndirect", ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_int, ctypes.c_int
        )

    def _entry(self, name: str, *arguments: Any) -> Callable[..., None]:
        address = self._egl.eglGetProcAddress(name.encode())
        pointer = ctypes.cast(address, ctypes.c_void_p).value if address else None
        if not pointer:
            self.missing.append(name)
            return _absent
        return ctypes.CFUNCTYPE(None, *arguments)(pointer)

    @contextmanager
    def current(self) -> Iterator[None]:
        """The context belongs to this thread inside the block."""
        with self._lock:
            if self._depth == 0:
                self._platform.make_current()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.release()

    def release(self) -> None:
        """Belong to no thread."""
        egl, display = self._egl, self._platform._egl_display
        egl.eglMakeCurrent(display, egl.EGL_NO_SURFACE, egl.EGL_NO_SURFACE, egl.EGL_NO_CONTEXT)

    def destroy(self) -> None:
        """Give everything back."""
        with suppress(Exception):  # the process ends: nobody is left to hear of it
            self.release()
            self._platform.delete_context()


def _absent(*_: Any) -> None:
    raise PluginError(_INSTALL)


_opening = threading.Lock()
_open: tuple[int, GlContext] | None = None  # process id: a forked child cannot use its parent's


def gl_context(device: str) -> GlContext:
    """The context of this process, opened when it is first asked for.

    Args:
        device: "auto": the first device of EGL that can draw (graphics cards come first); "cpu": a software rasteriser;
            "cuda": an NVIDIA card.

    Raises:
        PluginError: EGL, or a driver for it, is missing; the message names the packages.
        UsageError: no such device here, or the process draws on the other kind already.
    """
    global _open  # one context a process is the point
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device must be auto, cpu or cuda, got '{device}'")
    with _opening:
        if _open is None or _open[0] != os.getpid():
            context = _first_that_draws(device)
            atexit.register(_destroy, os.getpid(), context)
            _open = (os.getpid(), context)
        context = _open[1]
    if not _fits(context, device):
        raise UsageError(
            f"device '{device}' was asked for, and this process draws on {context.device} already; a process has one "
            "OpenGL device"
        )
    return context


def _destroy(process: int, context: GlContext) -> None:
    if process == os.getpid():
        context.destroy()


def _fits(context: GlContext, device: str) -> bool:
    return device == "auto" or context.software == (device == "cpu")


def _first_that_draws(device: str) -> GlContext:
    egl = _pyrender_egl()
    try:
        found: list[Any] = egl.query_devices()
    except Exception:  # an EGL without the list of devices: its default display is left
        found = [egl.EGLDevice(None)]
    reasons: list[str] = []
    for candidate in found:
        platform = egl.EGLPlatform(1, 1, candidate)
        try:
            platform.init_context()
            context = GlContext(platform)
        except Exception as error:  # a driver that is half there fails in its own way
            with suppress(Exception):
                platform.delete_context()
            reasons.append(f"{type(error).__name__} {error}".strip().splitlines()[0])
            continue
        context.release()
        if not context.missing and _fits(context, device):
            return context
        lacks = ", ".join(context.missing) or f"device '{device}'"
        reasons.append(f"{context.device} does not give {lacks}")
        context.destroy()
    if reasons and device != "auto":
        raise UsageError(f"device '{device}' was asked for: {'; '.join(reasons)}; use --device auto")
    raise PluginError(f"{_INSTALL} (found: {'; '.join(reasons) or 'EGL without any device'})")


def _pyrender_egl() -> Any:
    """pyrender's EGL platform. PyOpenGL chooses its libraries by this variable when it is first imported."""
    before = os.environ.get("PYOPENGL_PLATFORM")
    os.environ["PYOPENGL_PLATFORM"] = "egl"
    try:
        from pyrender.platforms import egl
    except Exception as error:  # PyOpenGL raises several kinds where a library is missing
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PluginError(f"{_INSTALL} (found: {reason})") from None
    finally:
        if before is None:
            del os.environ["PYOPENGL_PLATFORM"]
        else:
            os.environ["PYOPENGL_PLATFORM"] = before
    return egl


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
