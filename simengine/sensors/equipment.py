"""What a camera is equipped with, from the words of the language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.sensors.imaging import Imager, Infrared, Optics, Processing, Shutter
from simengine.sensors.vocabulary import default

__all__ = ["ACTS_WITH", "equipment"]

_OPTICS = {
    "lens.f_number": "f_number", "lens.focal_length": "focal_length_m", "lens.focus": "focus_m",
    "glare.share": "glare", "glare.size": "glare_rad",
}  # fmt: skip
_IMAGER = {
    "noise.gain": "gain", "imager.quantum_efficiency": "quantum_efficiency", "imager.full_well": "full_well_e",
    "imager.read_noise": "read_noise_e", "imager.dark_current": "dark_current_eps", "imager.prnu": "prnu",
    "imager.dsnu": "dsnu_e", "imager.crosstalk": "crosstalk", "imager.temperature": "temperature_k",
    "imager.doubling": "doubling_k", "imager.hot_pixels": "hot_share", "imager.hot_current": "hot_current_eps",
}  # fmt: skip
_INFRARED = {
    "thermal.netd": "netd_k", "thermal.pattern": "pattern_k", "thermal.low": "low_k", "thermal.high": "high_k",
    "illuminator": "illuminator_wpsr",
}  # fmt: skip
_BITS = {"visible": 12, "nir": 12, "lwir": 14}

_LIGHT = (
    "exposure_ev", "exposure.time", "exposure.mains", "exposure.delay", "exposure.brighten", "exposure.darken",
    "noise.gain", "lens.f_number", "lens.focal_length", "glare.size", "isp.radius", "imager.quantum_efficiency",
    "imager.full_well", "imager.read_noise", "imager.dark_current", "imager.temperature", "imager.doubling",
    "imager.hot_pixels", "imager.hot_current", "imager.prnu", "imager.dsnu", "imager.cfa", "imager.red", "imager.blue",
    "imager.crosstalk", "imager.white_balance",
)  # fmt: skip
_COUNTING = ("noise.gain", "exposure.time")
_DARK = ("imager.dark_current", "imager.hot_pixels")

ACTS_WITH: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (_LIGHT, ("band = visible", "band = nir")),
    (("thermal.netd", "thermal.pattern", "thermal.low", "thermal.high"), ("band = lwir",)),
    (("exposure.delay", "exposure.brighten", "exposure.darken"), ("exposure = auto",)),
    (("exposure.mains", *_DARK, "imager.quantum_efficiency"), ("exposure.time",)),
    (("imager.temperature", "imager.doubling"), _DARK),
    (("imager.hot_current",), ("imager.hot_pixels",)),
    (
        ("imager.full_well", "imager.read_noise", "imager.prnu", "imager.dsnu", "imager.cfa", "imager.red",
         "imager.blue", "imager.crosstalk", "imager.white_balance"),
        _COUNTING,
    ),
    (("imager.bits", "imager.serial"), (*_COUNTING, "band = lwir")),
    (("lens.f_number", "lens.focal_length"), ("lens.focus", "exposure.time")),
    (("glare.size",), ("glare.share",)),
    (("isp.radius",), ("isp.sharpen",)),
    (("rolling_shutter.direction",), ("rolling_shutter",)),
)  # fmt: skip
"""Properties of cameras, and those of which one must be set, or have a value, so that they act at all."""


def equipment(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a ``CameraSpec``: lens, shutter, sensor and processor, and the light that it sees.

    Args:
        values: of properties by their names in the language, SI; what is not there has its default.

    Raises:
        SensorError: values that make no camera.
    """

    def number(word: str) -> float:
        return float(values.get(word, default("camera", word)))

    band = str(values.get("band", default("camera", "band")))
    optics = Optics(
        natural=values.get("vignetting", "none") == "natural",
        vignetting=(number("vignetting.a1"), number("vignetting.a2"), number("vignetting.a3")),
        chromatic=(number("chromatic.red"), number("chromatic.blue")),
        **{ours: number(word) for word, ours in _OPTICS.items()},
    )
    shutter = Shutter(
        round(number("exposure.time") * 1e9), number("exposure.mains"), round(number("exposure.delay")),
        number("exposure.brighten"), number("exposure.darken"), round(number("exposure.samples")),
    )  # fmt: skip
    imager = Imager(
        bits=round(float(values.get("imager.bits") or _BITS[band])),
        serial=round(number("imager.serial")),
        cfa=str(values.get("imager.cfa", "none")),
        response=(number("imager.red"), 1.0, number("imager.blue")),
        auto_white=values.get("imager.white_balance", "fixed") == "auto",
        **{ours: number(word) for word, ours in _IMAGER.items()},
    )
    processing = Processing(
        str(values.get("isp.tone", "film")), number("isp.sharpen"), number("isp.radius"), round(number("isp.jpeg"))
    )
    infrared = Infrared(**{ours: number(word) for word, ours in _INFRARED.items()})
    return {
        "optics": optics,
        "shutter": shutter,
        "imager": imager,
        "processing": processing,
        "band": band,
        "infrared": infrared,
    }
