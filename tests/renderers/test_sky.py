"""Sun and sky as light sources."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from simengine.world.weather import Environment
from simengine_renderers.raytrace.clouds import directions
from simengine_renderers.raytrace.sky import sky_of, solid_angles

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def at(degrees: float, **more: float) -> Environment:
    return Environment(sun_elevation_rad=math.radians(degrees), **{"cloud": 0.0, **more})


def irradiance(ambient: np.ndarray, n: tuple[float, float, float]) -> np.ndarray:
    x, y, z = n
    basis = np.array([
        0.282095, 0.488603 * y, 0.488603 * z, 0.488603 * x, 1.092548 * x * y, 1.092548 * y * z,
        0.315392 * (3 * z * z - 1), 1.092548 * x * z, 0.546274 * (x * x - y * y),
    ])  # fmt: skip
    return (ambient * basis[:, None]).sum(0)


def test_day_and_dusk_have_their_published_levels() -> None:
    """Clear sky alone: 13.5 klx under a sun at 40 deg, 400 lx at sunset, 3.4 lx at -6 deg; the high sun 90..110 klx."""
    for degrees, klx in ((40.0, 13.5), (0.0, 0.4), (-6.0, 0.0034)):
        up = irradiance(sky_of(at(degrees)).ambient, (0.0, 0.0, 1.0)) @ LUMINANCE
        assert up * 100.0 == pytest.approx(klx, rel=0.12)
    assert 0.9 < sky_of(at(60.0)).sun @ LUMINANCE < 1.15


def test_low_sun_is_red_and_a_set_sun_is_gone() -> None:
    """Air takes blue first: red over blue grows as the sun sinks; below the horizon there is no direct sun."""
    ratios = [s[0] / s[2] for s in (sky_of(at(d)).sun for d in (60.0, 30.0, 10.0, 3.0))]
    assert ratios == sorted(ratios) and ratios[-1] > 4.0
    assert sky_of(at(-1.0)).sun.max() == 0.0 == sky_of(at(-10.0)).sun.max()


def test_overcast_takes_the_sun_away_but_not_the_day() -> None:
    """CIE overcast: no direct sun, a sky of 15..45 % of the clear total, three times brighter overhead than low."""
    clear, grey = sky_of(at(40.0)), sky_of(at(40.0, cloud=1.0))
    assert grey.sun.max() == 0.0
    total = (irradiance(clear.ambient, (0.0, 0.0, 1.0)) + clear.sun * math.sin(math.radians(40.0))) @ LUMINANCE
    assert 0.15 < irradiance(grey.ambient, (0.0, 0.0, 1.0)) @ LUMINANCE / total < 0.45
    middle = grey.table.shape[0] // 2
    overhead, low = grey.table[middle, middle] @ LUMINANCE, grey.table[middle, 8] @ LUMINANCE
    assert 2.0 < overhead / low < 4.0


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.floats(-30.0, 90.0), st.floats(-4.0, 4.0), st.floats(0.0, 1.0), st.floats(0.0, 100.0), st.floats(20.0, 5000.0)
)
@example(1.0, 0.0, 0.0, 5e-324, 5000.0)
@example(2.0, 0.0, 0.3, 5.0, 20.0)
def test_light_is_finite_and_never_negative(
    elevation: float, azimuth: float, cloud: float, rain: float, visibility: float
) -> None:
    """Any weather gives usable light, and fog and rain never make it brighter than the clear day by more than 5 % (but
    for the glow of towns, which clouds send back)."""
    sky = sky_of(Environment(math.radians(elevation), azimuth, cloud, rain, visibility, sky_glow_lux=0.0))
    for values in (sky.table, sky.sun, sky.airlight, sky.ground):
        assert np.isfinite(values).all() and (values >= 0).all()
    up = irradiance(sky.ambient, (0.0, 0.0, 1.0)) + sky.sun * max(0.0, math.sin(math.radians(elevation)))
    clear = sky_of(Environment(math.radians(elevation), azimuth, cloud, sky_glow_lux=0.0))
    whole = irradiance(clear.ambient, (0.0, 0.0, 1.0)) + clear.sun * max(0.0, math.sin(math.radians(elevation)))
    assert up @ LUMINANCE <= 1.05 * (whole @ LUMINANCE) + 1e-9


@pytest.mark.parametrize("cloud, rain", [(0.0, 0.0), (0.45, 0.0), (0.9, 0.0), (0.3, 8.0)])
def test_the_sky_that_is_seen_is_the_sky_that_lights(cloud: float, rain: float) -> None:
    """Sixteen fine cells have the mean of their coarse one but for interpolation where the sky is clear. Clouds have
    octaves that only the fine cells have; their mean is 0, so the level ground gets the same light within 2 %."""
    sky = sky_of(at(40.0, cloud=cloud, rain_mmph=rain))
    n = len(sky.table)
    mean = sky.seen.reshape(n, len(sky.seen) // n, n, -1, 3).mean((1, 3))
    level = solid_angles() * directions(n)[..., 2] / np.sqrt((directions(n) ** 2).sum(-1))
    assert float(((mean @ LUMINANCE) * level).sum()) == pytest.approx(
        float(((sky.table @ LUMINANCE) * level).sum()), rel=0.02
    )
    if cloud == 0.0:
        assert float(np.abs(mean / sky.table - 1.0).mean()) < 0.002


def test_clouds_have_edges() -> None:
    """Where the coarse cells differ most there is an edge; steps between the fine cells there are larger than the
    quarter that blowing up the coarse ones would leave."""
    sky = sky_of(at(40.0, cloud=0.45))
    coarse, fine = (np.abs(np.diff(t @ LUMINANCE, axis=1)) for t in (sky.table, sky.seen))
    assert float(np.quantile(fine, 0.999)) > 0.5 * float(np.quantile(coarse, 0.999))


def test_the_night_sky_is_grey_and_dusk_is_not() -> None:
    """Astronomical twilight ends with the sun at -18 deg (by definition); airglow and stars are nearly white. At -6 deg
    the arch under the sun is red, and blue is over head."""
    night = sky_of(Environment(sun_elevation_rad=math.radians(-20.0), cloud=0.0)).table
    assert (night.max(-1) / night.min(-1)).max() < 1.2
    dusk = sky_of(Environment(sun_elevation_rad=math.radians(-6.0), cloud=0.0)).table
    ratio = dusk[..., 0] / dusk[..., 2]
    assert ratio.max() > 1.5 and ratio.min() < 0.7
