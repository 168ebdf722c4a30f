"""What the air takes from millimetre waves: gases, rain and fog, one way, in dB a metre."""

from __future__ import annotations

import math

__all__ = ["air_db_per_m", "fog_db_per_m", "rain_coefficients", "rain_db_per_m", "snow_db_per_m"]

_GASES_DB_PER_KM = 0.4  # ITU-R P.676, 76 to 81 GHz at sea level
_FOG_KELVIN = 283.15

# ITU-R P.838-3, tables 1 to 4: (a, b, c) of each Gaussian, then the slope m and the offset
_K_H = ((-5.33980, -0.10008, 1.13098), (-0.35351, 1.26970, 0.45400), (-0.23789, 0.86036, 0.15354),
        (-0.94158, 0.64552, 0.16817)), -0.18961, 0.71147  # fmt: skip
_K_V = ((-3.80595, 0.56934, 0.81061), (-3.44965, -0.22911, 0.51059), (-0.39902, 0.73042, 0.11899),
        (0.50167, 1.07319, 0.27195)), -0.16398, 0.63297  # fmt: skip
_A_H = ((-0.14318, 1.82442, -0.55187), (0.29591, 0.77564, 0.19822), (0.32177, 0.63773, 0.13164),
        (-5.37610, -0.96230, 1.47828), (16.1721, -3.29980, 3.43990)), 0.67849, -1.95537  # fmt: skip
_A_V = ((-0.07771, 2.33840, -0.76284), (0.56727, 0.95545, 0.54039), (-0.20238, 1.14520, 0.26809),
        (-48.2991, 0.791669, 0.116226), (48.5833, 0.791459, 0.116479)), -0.053739, 0.83433  # fmt: skip


def _fit(table: tuple[tuple[tuple[float, float, float], ...], float, float], log_f: float) -> float:
    peaks, slope, offset = table
    return sum(a * math.exp(-(((log_f - b) / c) ** 2)) for a, b, c in peaks) + slope * log_f + offset


def rain_coefficients(frequency_hz: float) -> tuple[float, float]:
    """k and alpha of the specific attenuation k R^alpha in dB/km with R in mm/h (ITU-R P.838-3, 1 to 1000 GHz).

    For a wave polarised at 45 degrees along a level path, as most radars of cars are.
    """
    log_f = math.log10(frequency_hz / 1e9)
    k_h, k_v = 10.0 ** _fit(_K_H, log_f), 10.0 ** _fit(_K_V, log_f)
    k = 0.5 * (k_h + k_v)
    return k, (k_h * _fit(_A_H, log_f) + k_v * _fit(_A_V, log_f)) / (2.0 * k)


def rain_db_per_m(rain_mmph: float, frequency_hz: float) -> float:
    """Attenuation by rain."""
    k, alpha = rain_coefficients(frequency_hz)
    return k * rain_mmph**alpha / 1000.0 if rain_mmph > 0.0 else 0.0


def fog_db_per_m(visibility_m: float, frequency_hz: float) -> float:
    """Attenuation by the water of fog: K_l M (ITU-R P.840, double Debye model of water at 10 degrees Celsius).

    The water in g/m3 follows from the visibility V in km as (0.024 / V)^1.54 (Eldridge 1966).
    """
    if math.isinf(visibility_m):
        return 0.0
    f, theta = frequency_hz / 1e9, 300.0 / _FOG_KELVIN
    e0 = 77.66 + 103.3 * (theta - 1.0)
    e1, e2 = 0.0671 * e0, 3.52
    first = 20.20 - 146.0 * (theta - 1.0) + 316.0 * (theta - 1.0) ** 2
    second = 39.8 * first
    lossy = f * (e0 - e1) / (first * (1.0 + (f / first) ** 2)) + f * (e1 - e2) / (second * (1.0 + (f / second) ** 2))
    real = (e0 - e1) / (1.0 + (f / first) ** 2) + (e1 - e2) / (1.0 + (f / second) ** 2) + e2
    eta = (2.0 + real) / lossy
    per_gram = 0.819 * f / (lossy * (1.0 + eta * eta))
    return per_gram * (0.024 / (visibility_m / 1000.0)) ** 1.54 / 1000.0


def snow_db_per_m(snow_mmph: float, frequency_hz: float) -> float:
    """Attenuation by dry snow at 0 degrees Celsius: (3.49e-3 S^1.6 / w^4 + 2.24e-3 S / w) dB/km (Gunn and East 1954).

    S in mm/h of water and the wavelength w in cm: little beside that of as much rain.
    """
    wave_cm = 29.9792458e9 / frequency_hz
    rate = max(snow_mmph, 0.0)
    return (3.49e-3 * rate**1.6 / wave_cm**4 + 2.24e-3 * rate / wave_cm) / 1000.0


def air_db_per_m(rain_mmph: float, snow_mmph: float, visibility_m: float, frequency_hz: float) -> float:
    """Attenuation by gases, rain, snow and fog."""
    gases = _GASES_DB_PER_KM / 1000.0
    falling = rain_db_per_m(rain_mmph, frequency_hz) + snow_db_per_m(snow_mmph, frequency_hz)
    return gases + falling + fog_db_per_m(visibility_m, frequency_hz)
