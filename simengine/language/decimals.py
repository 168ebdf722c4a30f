"""SI values in the units of a text, as a person would write them.

A decimal of few digits within a few roundings of the value is it: 20 km/h is 20.0, not 20.000000000000004, also where
arithmetic made it. Else the decimal of 15 digits, or the number nearest to it, that the unit turns into this very
value, if there is one.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.units import Unit

__all__ = ["in_unit", "in_units"]

_DIGITS, _MOST_DIGITS, _ROUNDINGS = 9, 15, 4 * 2.0**-52
_PIECE = 1 << 15  # values that stay in the cache; smaller ones let threads wait for each other
_LOG_2 = math.log10(2.0)
_LARGEST = 22  # powers of ten up to here are exact
_TENS = np.array([float(f"1e{k}") for k in range(_LARGEST + 1)])
_SMALLEST = -30
_POWERS = np.array([float(f"1e{k}") for k in range(_SMALLEST, 31)])
_NEAR = 1e-4  # of a last digit; four roundings of a number below 10^10 are a tenth of that


def in_unit(value: float, unit: Unit) -> float:
    """An SI value in a unit, as :func:`in_units` shows it."""
    return float(in_units(np.array([value], np.float64), unit)[0])


def in_units(values: F64Array, unit: Unit) -> F64Array:
    """SI values in a unit; elementwise."""
    if values.size <= _PIECE:
        return _in_units(values, unit)
    out: F64Array = np.empty(values.shape)
    for at in range(0, len(values), _PIECE):
        out[at : at + _PIECE] = _in_units(values[at : at + _PIECE], unit)
    return out


def _in_units(values: F64Array, unit: Unit) -> F64Array:
    with np.errstate(all="ignore"):
        plain = (values - unit.offset) / unit.scale
        short = np.flatnonzero(_may_be_short(plain)) if unit.offset == 0.0 else np.arange(values.size)
        if short.size < values.size:
            best = _turned_back(values, plain, unit)
            best[short] = _shortest(values[short], plain[short], unit)
            return best
        return _shortest(values, plain, unit)


def _shortest(values: F64Array, plain: F64Array, unit: Unit) -> F64Array:
    """As :func:`in_units`, of any values."""
    few = _rounded(plain, _DIGITS)
    room = _ROUNDINGS * np.maximum(np.abs(values), abs(unit.offset))
    best: F64Array = np.where(np.abs(few * unit.scale + unit.offset - values) <= room, few, plain)
    rest = np.flatnonzero((best != few) & np.isfinite(plain))
    best[rest] = _turned_back(values[rest], plain[rest], unit)
    return best


def _turned_back(values: F64Array, plain: F64Array, unit: Unit) -> F64Array:
    """The decimal of 15 digits, the quotient or a neighbour of it: the first that the unit turns into the value; else
    the quotient."""
    if unit.scale == 1.0 and unit.offset == 0.0:
        return plain.copy()
    decimal = _rounded(plain, _MOST_DIGITS)
    good = decimal * unit.scale + unit.offset == values
    best: F64Array = np.where(good, decimal, plain)
    left = np.flatnonzero(~(good | (plain * unit.scale + unit.offset == values)))
    wanted, middle = values[left], plain[left]
    for towards in (-np.inf, np.inf):  # the last one that fits counts
        beside = np.nextafter(middle, towards)
        fits = beside * unit.scale + unit.offset == wanted
        best[left[fits]] = beside[fits]
    return best


# ---- decimals ------------------------------------------------------------------------------------------------------
#
# The power of ten below a number follows from its power of two, but for those with a power of ten in between: tables by
# the exponent of two hold it, and from where on it is one more.

_FIRST = -1074
_EXPONENTS = np.arange(_FIRST, 1026)
_PLACES: I64Array = np.floor((_EXPONENTS - 1) * _LOG_2).astype(np.int64)
_ONE_MORE = _POWERS.take(_PLACES + 1 - _SMALLEST, mode="clip")


def _scales(digits: int) -> tuple[F64Array, F64Array]:
    """By exponent, and behind those by exponent where the place is one more: factors that leave so many digits before
    the point, one that grows and one that divides."""
    place = np.clip(np.concatenate([_PLACES, _PLACES + 1]), _SMALLEST - 1, -_SMALLEST)
    power = np.clip(digits - 1 - place, -_LARGEST, _LARGEST)
    return _TENS[np.maximum(power, 0)], _TENS[np.maximum(-power, 0)]


_SCALES = {digits: _scales(digits) for digits in (_DIGITS, _MOST_DIGITS)}
_TO_DIGITS = np.array([float(f"1e{_DIGITS - 1 - p}") if p < -_SMALLEST - 1 else np.nan for p in _PLACES.tolist()])


def _exponents(plain: F64Array) -> I64Array:
    """Numbers of rows of the tables."""
    return np.frexp(plain)[1].astype(np.int64) - _FIRST


def _rounded(plain: F64Array, digits: int) -> F64Array:
    """The nearest decimals of so many significant digits."""
    row, size = _exponents(plain), np.abs(plain)
    row += (size >= _ONE_MORE.take(row)) * _PLACES.size
    up = _SCALES[digits][0].take(row)
    if size.max(initial=0.0) < _TENS[digits - 1]:  # nothing is divided
        out: F64Array = np.rint(plain * up) / up
    else:
        down = _SCALES[digits][1].take(row)
        out = np.rint(plain * up / down) / up * down
    return np.where(np.isfinite(out), out, plain)


def _may_be_short(plain: F64Array) -> BoolArray:
    """False only where no decimal of few digits is within a few roundings."""
    shifted = plain * _TO_DIGITS.take(_exponents(plain))
    return ~(np.abs(shifted - np.rint(shifted)) > _NEAR)
