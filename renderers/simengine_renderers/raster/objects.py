"""OpenGL objects that free themselves in one place: programs, buffers read by shaders, images drawn to.

Everything here needs the context to be current. Arrays are handed over by address, which PyOpenGL 3.1.0 and later
versions take alike, and which keeps no reference to them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from OpenGL import GL
from OpenGL.GL import shaders

from simengine.arrays import Array
from simengine_renderers.raster.context import GlContext

__all__ = ["Program", "Target", "TexelBuffer", "Texture", "address", "bind_texture"]

_FOLDER = Path(__file__).parent / "shaders"
_READ = {
    GL.GL_RGBA32F: (GL.GL_RGBA, GL.GL_FLOAT, np.float32, 4),
    GL.GL_RGBA32I: (GL.GL_RGBA_INTEGER, GL.GL_INT, np.int32, 4),
    GL.GL_RG32I: (GL.GL_RG_INTEGER, GL.GL_INT, np.int32, 2),
}


def address(values: Array) -> ctypes.c_void_p:
    """Where a C-contiguous array lies."""
    return ctypes.c_void_p(values.ctypes.data)


@cache
def _source(name: str) -> str:
    return (_FOLDER / name).read_text("ascii")


class Program:
    """A linked pair of shaders, each put together from files; ``defines`` become macros."""

    @classmethod
    def of(
        cls, context: GlContext, vertex: Sequence[str], fragment: Sequence[str], defines: Mapping[str, float]
    ) -> Program:
        """The context's own copy: drivers compile for up to seconds, so a process does it once."""
        key = (*vertex, *fragment, *sorted(defines.items()))
        if key not in context.programs:
            context.programs[key] = cls(vertex, fragment, defines)
        return context.programs[key]

    def __init__(self, vertex: Sequence[str], fragment: Sequence[str], defines: Mapping[str, float]) -> None:
        head = "#version 410 core\n" + "".join(f"#define {k} {v}\n" for k, v in defines.items())
        stages = ((vertex, GL.GL_VERTEX_SHADER), (fragment, GL.GL_FRAGMENT_SHADER))
        compiled = [shaders.compileShader(head + "".join(map(_source, files)), stage) for files, stage in stages]
        self._id = int(GL.glCreateProgram())
        for shader in compiled:
            GL.glAttachShader(self._id, shader)
        GL.glLinkProgram(self._id)
        for shader in compiled:
            GL.glDeleteShader(shader)
        if not GL.glGetProgramiv(self._id, GL.GL_LINK_STATUS):
            raise RuntimeError(f"shaders {', '.join(fragment)} do not link: {GL.glGetProgramInfoLog(self._id)}")
        self._places: dict[str, int] = {}

    def use(self, **uniforms: Any) -> None:
        """Make it the current program and set uniforms: int, float, or an array with vectors in its last axis."""
        GL.glUseProgram(self._id)
        for name, value in uniforms.items():
            self._set(self._place(name), value)

    def _place(self, name: str) -> int:
        if name not in self._places:
            self._places[name] = int(GL.glGetUniformLocation(self._id, name))
        return self._places[name]  # -1, which OpenGL ignores, where the compiler found no use for it

    def _set(self, place: int, value: Any) -> None:
        if isinstance(value, int | np.integer):
            GL.glUniform1i(place, int(value))
            return
        v = np.array(value, np.float32, order="C")
        if v.shape == (4, 4):
            GL.glUniformMatrix4fv(place, 1, GL.GL_TRUE, v)
        elif v.shape == (3, 3):
            GL.glUniformMatrix3fv(place, 1, GL.GL_TRUE, v)
        elif v.ndim == 0:
            GL.glUniform1f(place, float(v))
        else:
            count = len(v) if v.ndim == 2 else 1
            {2: GL.glUniform2fv, 3: GL.glUniform3fv, 4: GL.glUniform4fv}[v.shape[-1]](place, count, v)

    def floats(self, **uniforms: Any) -> None:
        """Make it the current program and set arrays of single floats."""
        GL.glUseProgram(self._id)
        for name, value in uniforms.items():
            v = np.ascontiguousarray(value, np.float32)
            GL.glUniform1fv(self._place(f"{name}[0]"), len(v), v)


class TexelBuffer:
    """An array that shaders index: a buffer and its texture."""

    def __init__(self, texel: int, values: Array | None = None) -> None:
        self.buffer, self.texture, self._texel, self._size = _made(GL.glGenBuffers), _made(GL.glGenTextures), texel, -1
        if values is not None:
            self.write(values)

    def write(self, values: Array) -> None:
        """Replace the contents (never empty: a texture needs something to stand on)."""
        data = np.ascontiguousarray(values if values.size else np.zeros(4, values.dtype))
        GL.glBindBuffer(GL.GL_TEXTURE_BUFFER, self.buffer)
        if data.nbytes == self._size:
            GL.glBufferSubData(GL.GL_TEXTURE_BUFFER, 0, data.nbytes, address(data))
            return
        GL.glBufferData(GL.GL_TEXTURE_BUFFER, data.nbytes, address(data), GL.GL_DYNAMIC_DRAW)
        GL.glBindTexture(GL.GL_TEXTURE_BUFFER, self.texture)
        GL.glTexBuffer(GL.GL_TEXTURE_BUFFER, self._texel, self.buffer)
        self._size = data.nbytes

    def bind(self, unit: int) -> int:
        """Bind to a texture unit and return it."""
        return bind_texture(unit, GL.GL_TEXTURE_BUFFER, self.texture)

    def close(self) -> None:
        """Free both."""
        GL.glDeleteTextures([self.texture])
        GL.glDeleteBuffers(1, [self.buffer])


class Texture:
    """A float image that shaders fetch texels from."""

    def __init__(self, values: Array | None = None) -> None:
        self._id = _made(GL.glGenTextures)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._id)
        _plain(GL.GL_TEXTURE_2D)
        self.write(np.zeros((1, 1, 3), np.float32) if values is None else values)

    def write(self, values: Array) -> None:
        """Replace the image by another one, (H, W, 3) or (H, W, 4)."""
        data = np.ascontiguousarray(values, np.float32)
        height, width, components = data.shape
        inside, layout = (GL.GL_RGB32F, GL.GL_RGB) if components == 3 else (GL.GL_RGBA32F, GL.GL_RGBA)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._id)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 4)
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, inside, width, height, 0, layout, GL.GL_FLOAT, address(data))

    def bind(self, unit: int) -> int:
        """Bind to a texture unit and return it."""
        return bind_texture(unit, GL.GL_TEXTURE_2D, self._id)

    def close(self) -> None:
        """Free it."""
        GL.glDeleteTextures([self._id])


class Target:
    """A framebuffer with images of the given formats; those not needed are made when they are first needed."""

    def __init__(self, width: int, height: int, formats: Sequence[int], depth: bool) -> None:
        self.width, self.height = width, height
        self._formats, self._images = list(formats), dict[int, int]()
        self._id = _made(GL.glGenFramebuffers)
        self._depth = 0
        if depth:
            self._depth = _made(GL.glGenRenderbuffers)
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, self._depth)
            GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, GL.GL_DEPTH_COMPONENT32F, width, height)
            GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._id)
            GL.glFramebufferRenderbuffer(
                GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_RENDERBUFFER, self._depth
            )  # fmt: skip

    def draw_to(self, wanted: Sequence[int]) -> None:
        """What is drawn next goes to these images."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._id)
        for k in wanted:
            if k not in self._images:
                self._attach(k)
        places = [GL.GL_COLOR_ATTACHMENT0 + k if k in wanted else GL.GL_NONE for k in range(len(self._formats))]
        GL.glDrawBuffers(len(places), np.array(places, np.uint32))
        GL.glViewport(0, 0, self.width, self.height)

    def _attach(self, k: int) -> None:
        image = _made(GL.glGenTextures)
        GL.glBindTexture(GL.GL_TEXTURE_2D, image)
        _plain(GL.GL_TEXTURE_2D)
        layout, kind, _, _ = _READ[self._formats[k]]
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, self._formats[k], self.width, self.height, 0, layout, kind, None)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0 + k, GL.GL_TEXTURE_2D, image, 0)
        self._images[k] = image

    def read(self, k: int, window: tuple[int, int, int, int] | None = None) -> Array:
        """Image ``k``, (H, W, components), or its part (x0, y0, x1, y1); row 0 is the first row in memory."""
        x0, y0, x1, y1 = window or (0, 0, self.width, self.height)
        layout, kind, dtype, components = _READ[self._formats[k]]
        out = np.empty((y1 - y0, x1 - x0, components), dtype)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._id)
        GL.glReadBuffer(GL.GL_COLOR_ATTACHMENT0 + k)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 4)
        GL.glReadPixels(x0, y0, x1 - x0, y1 - y0, layout, kind, address(out))
        return out

    def bind(self, k: int, unit: int) -> int:
        """Bind image ``k`` to a texture unit and return it."""
        return bind_texture(unit, GL.GL_TEXTURE_2D, self._images[k])

    def close(self) -> None:
        """Free everything."""
        GL.glDeleteFramebuffers(1, [self._id])
        if self._images:
            GL.glDeleteTextures(list(self._images.values()))
        if self._depth:
            GL.glDeleteRenderbuffers(1, [self._depth])


def bind_texture(unit: int, kind: int, texture: int) -> int:
    """Bind a texture to a unit and return the unit."""
    GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
    GL.glBindTexture(kind, texture)
    return unit


def _made(generate: Any) -> int:
    return int(np.atleast_1d(generate(1))[0])


def _plain(kind: int) -> None:
    """No filter, no mipmaps."""
    for name, value in (
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST), (GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST),
        (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE), (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
    ):  # fmt: skip
        GL.glTexParameteri(kind, name, value)
