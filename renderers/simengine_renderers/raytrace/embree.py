"""A thin, typed door to Embree 4: devices, mesh scenes and an instanced top level.

The shared library comes with the ``embreex`` wheel, which exports the whole C API. Names and numbers are those of
Embree's public headers (Apache-2.0). Devices run their builders on one thread: tree building then never depends on
the number of cores, so exact ties between coplanar surfaces fall the same way everywhere.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from simengine.arrays import Array, F32Array, I32Array
from simengine.errors import SimEngineError
from simengine_renderers.raytrace.cutouts import filter_address

__all__ = ["NO_FACE", "MeshTree", "TopLevel", "embree_library", "entry"]

NO_FACE = -1
"""For corners of a face that is not there: Embree leaves out faces with corners beyond the last vertex."""
_TRIANGLES, _INSTANCE = 0, 121
_INDEX, _VERTEX = 0, 1
_UINT3, _FLOAT3 = 0x5003, 0x9003
_DYNAMIC, _ROBUST = 1, 4
_QUALITY_LOW, _QUALITY_MEDIUM = 0, 1
_PROPERTY_RAY_MASK = 64  # RTC_DEVICE_PROPERTY_RAY_MASK_SUPPORTED
_SOLID, _CUT = 0, 1
_EVERY_RAY = 0xFFFFFFFF  # Embree 4 begins with 1: only rays whose mask has the first bit

_P, _U, _I, _N = ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_size_t
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "rtcNewDevice": (_P, [ctypes.c_char_p]),
    "rtcReleaseDevice": (None, [_P]),
    "rtcGetDeviceError": (_I, [_P]),
    "rtcGetDeviceProperty": (ctypes.c_ssize_t, [_P, _I]),
    "rtcNewScene": (_P, [_P]),
    "rtcReleaseScene": (None, [_P]),
    "rtcSetSceneFlags": (None, [_P, _I]),
    "rtcSetSceneBuildQuality": (None, [_P, _I]),
    "rtcCommitScene": (None, [_P]),
    "rtcNewGeometry": (_P, [_P, _I]),
    "rtcReleaseGeometry": (None, [_P]),
    "rtcAttachGeometry": (_U, [_P, _P]),
    "rtcAttachGeometryByID": (None, [_P, _P, _U]),
    "rtcSetSharedGeometryBuffer": (None, [_P, _I, _U, _I, _P, _N, _N, _N]),
    "rtcCommitGeometry": (None, [_P]),
    "rtcEnableGeometry": (None, [_P]),
    "rtcDisableGeometry": (None, [_P]),
    "rtcSetGeometryMask": (None, [_P, _U]),
    "rtcSetGeometryInstancedScene": (None, [_P, _P]),
    "rtcSetGeometryTimeStepCount": (None, [_P, _U]),
    "rtcSetGeometryUserData": (None, [_P, _P]),
    "rtcSetGeometryIntersectFilterFunction": (None, [_P, _P]),
    "rtcSetGeometryOccludedFilterFunction": (None, [_P, _P]),
}


class EmbreeError(SimEngineError, RuntimeError):
    """Embree refused a call or is not there."""


@cache
def embree_library() -> ctypes.CDLL | None:
    """The loaded library with typed functions, or None where no usable one is installed."""
    try:
        import embreex.rtcore_scene  # noqa: F401  (loads the libraries it depends on)

        files = importlib.metadata.files("embreex") or []
    except (ImportError, importlib.metadata.PackageNotFoundError, OSError):
        return None
    found = sorted(Path(str(f.locate())) for f in files if "libembree4" in f.name or f.name.startswith("embree4"))
    for path in found:
        try:
            library = ctypes.CDLL(str(path))
            for name, (result, arguments) in _SIGNATURES.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return library
    return None


def _library() -> ctypes.CDLL:
    library = embree_library()
    if library is None:
        raise EmbreeError("Embree 4 was not found in the 'embreex' package; reinstall embreex or use trace='warp'")
    return library


def entry(name: str) -> int:
    """Address of a function of the library, for calls from compiled kernels."""
    return int(ctypes.cast(getattr(_library(), name), _P).value or 0)


@cache
def _device() -> int:
    library = _library()
    device = library.rtcNewDevice(b"threads=1,set_affinity=0")
    if not device:
        raise EmbreeError(f"Embree could not open a device (error {library.rtcGetDeviceError(None)})")
    if not library.rtcGetDeviceProperty(device, _PROPERTY_RAY_MASK):
        raise EmbreeError("this Embree was built without ray masks, which sensors on carriers need; use trace='warp'")
    return int(device)


def check() -> None:
    """Raise the error that Embree has noted since the last call, if any."""
    code = _library().rtcGetDeviceError(_device())
    if code:
        raise EmbreeError(f"Embree reported error {code} (1 unknown, 2 argument, 3 operation, 4 memory, 5 CPU)")


class MeshTree:
    """One mesh as an Embree scene of its own, ready to be instanced. Buffers are shared, not copied.

    Args:
        vertices_m, faces: as of ``Mesh``.
        cut: rows of the last faces (``simengine.world.cutouts.cut_rows``), which may have holes, or None. They are
            geometry 1, the faces before them geometry 0.
    """

    def __init__(self, vertices_m: F32Array, faces: I32Array, cut: F32Array | None = None) -> None:
        e = _library()
        # one spare row: Embree reads vertices 16 bytes at a time
        self._vertices = np.concatenate([vertices_m, np.zeros((1, 3), np.float32)]).astype(np.float32)
        self._faces = np.ascontiguousarray(faces, np.uint32)
        self._cut = None if cut is None else np.ascontiguousarray(cut, np.float32)
        self.scene = int(e.rtcNewScene(_device()))
        e.rtcSetSceneFlags(self.scene, _ROBUST)
        e.rtcSetSceneBuildQuality(self.scene, _QUALITY_MEDIUM)
        solid = len(self._faces) - (0 if cut is None else len(cut))
        if solid:
            self._attach(e, _SOLID, self._faces[:solid])
        if self._cut is not None:
            self._attach(e, _CUT, self._faces[solid:])
        e.rtcCommitScene(self.scene)
        check()

    def _attach(self, e: ctypes.CDLL, number: int, faces: Array) -> None:
        g = e.rtcNewGeometry(_device(), _TRIANGLES)
        e.rtcSetSharedGeometryBuffer(g, _VERTEX, 0, _FLOAT3, self._vertices.ctypes.data, 0, 12, len(self._vertices) - 1)
        e.rtcSetSharedGeometryBuffer(g, _INDEX, 0, _UINT3, faces.ctypes.data, 0, 12, len(faces))
        e.rtcSetGeometryMask(g, _EVERY_RAY)
        if number == _CUT and self._cut is not None:
            e.rtcSetGeometryUserData(g, self._cut.ctypes.data)
            e.rtcSetGeometryIntersectFilterFunction(g, filter_address())
            e.rtcSetGeometryOccludedFilterFunction(g, filter_address())
        e.rtcCommitGeometry(g)
        e.rtcAttachGeometryByID(self.scene, g, number)
        e.rtcReleaseGeometry(g)

    def close(self) -> None:
        """Release the scene (instances of it keep it alive until they go)."""
        if self.scene:
            _library().rtcReleaseScene(self.scene)
        self.scene = 0


class TopLevel:
    """Instances of mesh trees; the instance id that a hit reports is the position in ``trees``."""

    def __init__(self, trees: Sequence[MeshTree]) -> None:
        e = _library()
        self.scene = int(e.rtcNewScene(_device()))
        e.rtcSetSceneFlags(self.scene, _DYNAMIC)
        e.rtcSetSceneBuildQuality(self.scene, _QUALITY_LOW)
        self.geometries = np.zeros(len(trees), np.uint64)
        for i, tree in enumerate(trees):
            g = e.rtcNewGeometry(_device(), _INSTANCE)
            e.rtcSetGeometryInstancedScene(g, tree.scene)
            e.rtcSetGeometryTimeStepCount(g, 1)
            e.rtcSetGeometryMask(g, _EVERY_RAY)
            e.rtcCommitGeometry(g)
            e.rtcAttachGeometry(self.scene, g)
            e.rtcReleaseGeometry(g)  # the scene keeps it
            self.geometries[i] = g
        check()

    def set_mask(self, index: int, mask: int) -> None:
        """Rays see the instance where their mask and this one share a bit."""
        g = int(self.geometries[index])
        _library().rtcSetGeometryMask(g, mask & 0xFFFFFFFF)
        _library().rtcCommitGeometry(g)

    def set_enabled(self, index: int, enabled: bool) -> None:
        """Put an instance into the world or take it out."""
        g = int(self.geometries[index])
        (_library().rtcEnableGeometry if enabled else _library().rtcDisableGeometry)(g)

    def set_steps(self, index: int, steps: int) -> None:
        """Number of poses that the instance moves through during time 0..1 (1: it stands still)."""
        _library().rtcSetGeometryTimeStepCount(int(self.geometries[index]), steps)

    def commit(self) -> None:
        """Rebuild the top of the tree after changes."""
        _library().rtcCommitScene(self.scene)
        check()

    def close(self) -> None:
        """Release the scene and its instances."""
        if self.scene:
            _library().rtcReleaseScene(self.scene)
        self.scene = 0
