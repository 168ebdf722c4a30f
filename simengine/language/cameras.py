"""What is known of a camera before a draw: that its lens gives every pixel a ray, and its equipment fits together.

Only what is fixed is judged here; values that are drawn are judged variant by variant.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from simengine.errors import SensorError
from simengine.language.program import RecordDecl
from simengine.language.scope import Context, SensorInfo
from simengine.language.shutters import period_ns
from simengine.language.supports import constant
from simengine.language.terms import Const, Span, Vector
from simengine.sensors.equipment import ACTS_WITH, equipment
from simengine.sensors.lenses import LENSES, WHOLE_RAD, complete, refuse_view
from simengine.sensors.projection import refuse_fold
from simengine.sensors.specs import CameraSpec
from simengine.sensors.vocabulary import EQUIPMENT, default

__all__ = ["check_camera", "check_equipment"]

_LONG_NS = 10_000_000_000
_JUDGED = ("rolling_shutter", *EQUIPMENT)
_COEFFICIENTS = tuple(dict.fromkeys(name for names in LENSES.values() for name in names))


def check_camera(ctx: Context, sensor: SensorInfo) -> None:
    """Report a lens that folds inside the image, or takes no such coefficients or field of view."""
    lens = _lens(ctx, f"{sensor.name}.lens")
    if lens is None:
        return
    prefix = f"{sensor.name}.distortion."
    given = {k: d.span for k in _COEFFICIENTS if (d := ctx.definitions.get(prefix + k)) is not None}
    values = {k: _fixed(ctx, prefix + k, 0.0) for k in given}
    for name, span in given.items():
        if name not in LENSES[lens] and values.pop(name) != 0.0:
            takes = ", ".join(LENSES[lens]) or "none"
            ctx.sink.error("E0208", span, f"a lens '{lens}' has no coefficient '{name}'; it takes {takes}")
            return
    fov, size = _fixed(ctx, f"{sensor.name}.fov", default("camera", "fov")), _size(ctx, f"{sensor.name}.size")
    circle = _fixed(ctx, f"{sensor.name}.lens.circle", WHOLE_RAD)
    known = {k: v for k, v in values.items() if v is not None}
    told = [f"{sensor.name}.{p}" for p in ("fov", "lens.width", "lens", "lens.circle")]
    try:
        refuse_view(sensor.name, lens, fov != default("camera", "fov"), told[1] in ctx.definitions)
        width_m = _fixed(ctx, told[1], 1.0)
        if len(known) < len(values) or fov is None or size is None or circle is None or width_m is None:
            return
        options = {"distortion": complete(lens, known), "circle_rad": circle}
        if lens == "telecentric":
            CameraSpec.from_width(sensor.name, -1, (0.0, 0.0, 0.0), size, width_m, **options)
        else:
            refuse_fold(CameraSpec.from_fov(sensor.name, -1, (0.0, 0.0, 0.0), size, fov, lens=lens, **options))
    except SensorError as error:
        spans = [given[k] for k, v in known.items() if v] or [
            d.span for p in told if (d := ctx.definitions.get(p)) is not None
        ]
        if spans:
            ctx.sink.error("E0208", max(spans, key=_place), str(error))


def check_equipment(ctx: Context, records: Sequence[RecordDecl], unsure: Collection[str]) -> None:
    """Report lenses, exposures, sensors and bands of cameras and pairs that cannot be, alone or together.

    Also raw numbers of a camera that has none, and as warnings settings that act on nothing.

    Args:
        ctx: all definitions are made; the times of shutters are judged (``check_shutters``).
        records: of the scenario.
        unsure: sensors with a rate that could not be read.
    """
    for name, sensor in ctx.sensors.items():
        if sensor.kind.name not in ("camera", "stereo"):
            continue
        if not ctx.sink.errors:  # else what could not be read may be what they act with
            _check_idle(ctx, name)
        of_it = [r for r in records if r.sensor == name]
        camera = _equipped(ctx, name, _LONG_NS if name in unsure else period_ns(of_it))
        if camera is None:
            continue
        _check_mains(ctx, camera)
        raw = next((r for r in of_it if "raw" in r.channels), None)
        if raw is not None and not camera.counts and f"{name}.noise.gain" not in ctx.tuned:
            ctx.sink.error(
                "E0208", raw.span, f"'{name}' has no raw numbers",
                help="set an 'imager.cfa' other than none, and 'noise.gain' or 'exposure.time'; or leave 'raw' out",
            )  # fmt: skip


def _check_idle(ctx: Context, name: str) -> None:
    """Warn of settings that differ from their defaults and do nothing without others (``ACTS_WITH``)."""
    told: set[str] = set()
    for words, others in ACTS_WITH:
        idle = [w for w in words if w not in told and _acts(ctx, name, w)]
        if not idle or any(_acts(ctx, name, *other.split(" = ")) for other in others):
            continue
        told.update(idle)
        without = " or ".join(f"'{other}'" for other in others)
        for word in idle:
            span = ctx.definitions[f"{name}.{word}"].span
            message = f"'{word}' of '{name}' has no effect without {without}"
            ctx.sink.warning("W0301", span, message, help=f"set that, or leave '{word}' out")


def _check_mains(ctx: Context, camera: CameraSpec) -> None:
    """Warn of mains whose half periods are longer than all exposures: those do not wait for them."""
    longest_s, mains_hz = camera.shutter.longest_ns / 1e9, camera.shutter.mains_hz
    if 0.0 < 2.0 * longest_s * mains_hz < 1.0 - 1e-9:
        ctx.sink.warning(
            "W0301", ctx.definitions[f"{camera.name}.exposure.mains"].span,
            f"'exposure.mains' of '{camera.name}' has no effect: exposures of {1e3 * longest_s:g} ms at most are "
            f"shorter than half a period of {mains_hz:g} hz, {500.0 / mains_hz:g} ms",
            help="let 'exposure.time' be half a period or more, or leave 'exposure.mains' out",
        )  # fmt: skip


def _acts(ctx: Context, name: str, word: str, wanted: str | None = None) -> bool:
    """Whether a setting of a camera may have a value: without one, any but its default."""
    usual, definition = default("camera", word), ctx.definitions.get(f"{name}.{word}")
    if f"{name}.{word}" in ctx.tuned:
        return True
    if definition is None:
        return wanted is not None and usual == wanted
    value = definition.binding.value if isinstance(definition.binding, Const) else None
    value = value if isinstance(value, str) else _fixed(ctx, f"{name}.{word}", math.nan)
    return value is None or (value != usual if wanted is None else value == wanted)


def _equipped(ctx: Context, name: str, period: int) -> CameraSpec | None:
    """A camera with what is fixed of it; None: it cannot be, which is reported, or something is drawn."""
    set_here = {word: d for word in _JUDGED if (d := ctx.definitions.get(f"{name}.{word}")) is not None}
    values: dict[str, float | str] = {}
    for word, definition in set_here.items():
        value = definition.binding.value if isinstance(definition.binding, Const) else None
        value = value if isinstance(value, str) else _fixed(ctx, f"{name}.{word}", 0.0)
        if value is None:
            return None
        values[word] = value
    readout_ns = round(float(values.get("rolling_shutter", 0.0)) * 1e9)
    try:
        made = equipment(values)
        # what alone takes longer than an image lasts is reported with the shutters
        period = max(period, readout_ns, made["shutter"].longest_ns)
        drawn = _lens(ctx, f"{name}.lens") == "telecentric"
        kind = CameraSpec.from_width if drawn else CameraSpec.from_fov
        return kind(name, -1, (0.0, 0.0, 0.0), (2, 2), 1.0, period_ns=period, readout_ns=readout_ns, **made)
    except SensorError as error:
        told = [d.span for word, d in set_here.items() if word in str(error) or word.partition(".")[0] in str(error)]
        ctx.sink.error("E0208", max(told or [d.span for d in set_here.values()], key=_place), str(error))
    return None


def _place(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _lens(ctx: Context, path: str) -> str | None:
    """The word of a lens that is written out; None where it is drawn or wrong, which others report."""
    definition = ctx.definitions.get(path)
    if definition is None:
        return "pinhole"
    word = definition.binding.value if isinstance(definition.binding, Const) else None
    return word if isinstance(word, str) and word in LENSES else None


def _fixed(ctx: Context, path: str, default: float) -> float | None:
    """The value of a property, or None where it is drawn or depends on what is."""
    if path not in ctx.definitions:
        return default
    low, high = ctx.supports.get(path, (-math.inf, math.inf))
    return low if low == high and math.isfinite(low) else None


def _size(ctx: Context, path: str) -> tuple[int, int] | None:
    definition = ctx.definitions.get(path)
    if definition is None:
        width, height = default("camera", "size")
        return int(width), int(height)
    if not isinstance(definition.binding, Vector) or len(definition.binding.items) != 2:
        return None
    width, height = (constant(item) for item in definition.binding.items)
    if width is None or height is None or min(width, height) < 1:
        return None
    return int(width), int(height)
