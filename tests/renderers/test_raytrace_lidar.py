"""LiDAR of the ray tracer: noise, link budget and weather against their formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from simengine.geometry import transforms as tf
from simengine.render.protocol import POINT_FIELDS, Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import LidarSpec
from simengine.world.materials import Material
from simengine.world.scene import Scene
from simengine.world.weather import Environment
from simengine_renderers import raytrace
from simengine_renderers.raytrace.scatter import WATER, scatter_of
from tests.renderers.simple_scenes import block, lidar, moved, scene_of, state_of

CLEAR = Environment()


def ring_of_walls(distance_m: float, nir: float = 0.5, environment: Environment = CLEAR) -> Scene:
    """A closed square room, so that every level shot hits a wall."""
    paint = Material("paint", (0.5, 0.5, 0.5), nir=nir)
    wall = block("wall", (0.2, 4 * distance_m, 400.0), "wall", paint)
    turns = [tf.matrix_from_pose(np.zeros(3), tf.quaternion_from_yaw(i * math.pi / 2)) for i in range(4)]
    out = tf.translation([distance_m + 0.1, 0.0, -200.0])
    return scene_of(fixed=[(wall, tf.compose(turn, out)) for turn in turns], environment=environment)


def scan(scene: Scene, spec: LidarSpec, noise: NoiseKey | None = None) -> dict[str, np.ndarray]:
    renderer = raytrace.open_renderer(scene, RenderOptions())
    try:
        state = state_of(scene, ())
        return dict(renderer.lidar(spec, Instants(state, state), noise or NoiseKey(0, 0, 0)).points)
    finally:
        renderer.close()


def test_range_noise_has_the_sigma_of_the_link_budget() -> None:
    """sigma = range_noise sqrt(P_min / (12 P)): 12 is the signal-to-noise ratio at the threshold of detection. The
    standardised error of 8192 shots must pass for N(0, 1) by Kolmogorov and Smirnov."""
    spec = replace(lidar(np.zeros(8), columns=1024), range_noise_m=0.3)
    scene = ring_of_walls(20.0)
    exact, noisy = scan(scene, replace(spec, range_noise_m=0.0)), scan(scene, spec)
    assert len(exact["range"]) == len(noisy["range"]) == 8192
    power = exact["intensity"].astype(float) / 100.0 / exact["range"].astype(float) ** 2
    weakest = spec.reference_reflectance / spec.reference_range_m**2
    sigma = 0.3 * np.sqrt(weakest / (12.0 * power))
    z = (noisy["range"].astype(float) - exact["range"]) / sigma
    assert stats.kstest(z, "norm").pvalue > 1e-3
    assert z.std() == pytest.approx(1.0, abs=0.04)
    assert abs(np.corrcoef(z[:-1], z[1:])[0, 1]) < 0.04  # neighbours share a block of words, not a word


def test_noise_is_keyed_by_seed_variant_and_frame() -> None:
    """Equal keys, equal bytes; any other number in the key gives other noise and the same geometry."""
    spec = replace(lidar(np.zeros(4), columns=256), range_noise_m=0.3)
    scene = ring_of_walls(15.0)
    base = scan(scene, spec, NoiseKey(1, 2, 3))
    again = scan(scene, spec, NoiseKey(1, 2, 3))
    for name in POINT_FIELDS:
        assert base[name].tobytes() == again[name].tobytes()
    for key in (NoiseKey(2, 2, 3), NoiseKey(1, 3, 3), NoiseKey(1, 2, 4)):
        other = scan(scene, spec, key)
        assert (other["range"] != base["range"]).mean() > 0.95
        np.testing.assert_array_equal(other["intensity"], base["intensity"])


def test_detection_ends_where_the_data_sheet_says() -> None:
    """A target of the reference reflectance is just seen at the reference range, head on: 0.999 yes, 1.001 no."""
    for share, seen in ((0.999, True), (1.001, False)):
        spec = replace(lidar((0.0,), columns=4), reference_reflectance=0.2, reference_range_m=50.0)
        points = scan(ring_of_walls(50.0 * share, nir=0.2), spec)
        assert (len(points["range"]) == 4) == seen


def test_fog_attenuates_both_ways() -> None:
    """Two-way Beer-Lambert: intensity in fog over intensity in clear air is exp(-2 alpha R), alpha = ln 20 / MOR."""
    spec = lidar((0.0,), columns=64)
    bright = 0.9
    clear = scan(ring_of_walls(12.0, bright), spec)
    fog = scan(ring_of_walls(12.0, bright, Environment(fog_visibility_m=150.0)), spec)
    hard = fog["instance"] >= 0
    at = np.searchsorted(clear["column"], fog["column"][hard])
    ratio = fog["intensity"][hard] / clear["intensity"][at]
    expected = np.exp(-2.0 * math.log(20.0) / 150.0 * clear["range"][at])
    assert hard.sum() > 32
    np.testing.assert_allclose(ratio, expected, rtol=1e-4)


def test_dense_fog_puts_points_in_the_air_and_hides_targets() -> None:
    """Points of the air carry no ids, lie in front of the target, and grow in number as the fog thickens."""
    spec = lidar(np.linspace(-0.1, 0.1, 8), columns=128)
    shares, lost = [], []
    for visibility in (400.0, 100.0, 30.0):
        points = scan(ring_of_walls(25.0, 0.3, Environment(fog_visibility_m=visibility)), spec)
        air = points["instance"] == -1
        assert (points["semantic"][air] == -1).all()
        assert air.sum() == 0 or points["range"][air].max() < 40.0
        shares.append(air.sum() / (8 * 128))
        lost.append(1.0 - (~air).sum() / (8 * 128))
    assert shares[0] < shares[1] <= shares[2] and shares[2] > 0.5
    assert lost[0] <= lost[1] <= lost[2] == 1.0


def test_rain_echoes_are_as_frequent_as_the_drops() -> None:
    """Shots into an empty sky: the share with an echo is 1 - exp(-mu), mu the integral over the beam of the drops
    bright enough to be detected (SciPy's quadrature of the published densities)."""
    environment = Environment(rain_mmph=40.0)
    spec = replace(lidar(np.linspace(0.1, 0.5, 16), columns=1024), range_noise_m=0.0, range_min_m=0.1)
    points = scan(scene_of(environment=environment), spec)
    slope = 4100.0 * 40.0**-0.21
    alpha = environment.extinction_per_m()
    weakest = spec.reference_reflectance / spec.reference_range_m**2

    def density(r: float) -> float:
        beam = r * spec.divergence_rad
        least = beam * r * math.sqrt(weakest / WATER * math.exp(2.0 * alpha * r))
        return 8.0e6 / slope * math.pi * (beam / 2.0) ** 2 * math.exp(-slope * least) if least <= beam else 0.0

    mu = integrate.quad(density, 1.5, 40.0, limit=200)[0]
    n = 16 * 1024
    expected = 1.0 - math.exp(-mu)
    assert (points["instance"] == -1).all()
    share = len(points["range"]) / n
    assert abs(share - expected) < 4.0 * math.sqrt(expected * (1 - expected) / n) + 0.002
    assert scatter_of(environment, spec).rain.mean == pytest.approx(mu, rel=1e-3)
    # brightness: never below the threshold of detection
    power = points["intensity"].astype(float) / 100.0 / points["range"].astype(float) ** 2
    assert power.min() >= weakest * 0.999


def test_snow_echoes_are_as_frequent_as_the_flakes() -> None:
    """As for rain, with flakes of 0.9: N0 / Lambda of them in a cubic metre, of which those of the least size count.

    At most twelve in a beam are told apart, which no beam here comes near.
    """
    environment = Environment(snow_mmph=0.5)
    spec = replace(lidar(np.linspace(0.1, 0.5, 16), columns=512), range_noise_m=0.0, range_min_m=0.1)
    points = scan(scene_of(environment=environment), spec)
    slope = 1e3 * 2.55 * 0.5**-0.48 / 10.0 ** (1.0 / 3.0)
    number = 1e3 * 3800.0 * 0.5**-0.87 / 10.0 ** (1.0 / 3.0) / slope
    alpha = environment.extinction_per_m()
    weakest = spec.reference_reflectance / spec.reference_range_m**2

    def density(r: float) -> float:
        beam = max(r * spec.divergence_rad, 1e-4)
        least = beam * r * math.sqrt(weakest / 0.9 * math.exp(2.0 * alpha * r))
        return number * math.pi * (beam / 2.0) ** 2 * math.exp(-slope * least) if least <= beam else 0.0

    mu = integrate.quad(density, 1.5, 60.0, limit=400)[0]
    assert mu < 3.0
    expected = 1.0 - math.exp(-mu)
    share = len(points["range"]) / (16 * 512)
    assert (points["instance"] == -1).all()
    assert abs(share - expected) < 4.0 * math.sqrt(expected * (1 - expected) / (16 * 512)) + 0.002
    # ice swallows light of 1550 nm: fewer flakes shine
    assert len(scan(scene_of(environment=environment), replace(spec, band="swir"))["range"]) < 0.6 * len(
        points["range"]
    )


def test_points_are_dense_sorted_and_typed() -> None:
    """Fields and dtypes of the protocol; shots in firing order; azimuth counts counter-clockwise from straight back."""
    spec = lidar((0.0, -0.02), columns=64)
    points = scan(ring_of_walls(10.0), spec)
    assert tuple(points) == tuple(POINT_FIELDS)
    for name, text in POINT_FIELDS.items():
        assert str(points[name].dtype) == text.split(" ", 1)[0]
        assert len(points[name]) == 128
    order = points["column"].astype(int) * 2 + points["ring"]
    assert (np.diff(order) > 0).all()
    azimuth = np.arctan2(points["xyz"][:, 1], points["xyz"][:, 0])
    expected = -np.pi + 2 * np.pi * points["column"] / 64
    np.testing.assert_allclose(np.angle(np.exp(1j * (azimuth - expected))), 0.0, atol=1e-5)
    np.testing.assert_array_equal(points["time_offset_ns"], points["column"].astype(int) * 100_000_000 // 64)


def test_moving_sensor_deskews_a_still_wall_onto_itself() -> None:
    """A carrier drives 2 m towards a wall during one scan: raw points bend by up to 2 m, deskewed ones lie flat."""
    car = block("car", (1.0, 1.0, 0.5))
    wall = (block("wall", (0.2, 400.0, 400.0), "wall"), tf.translation([20.1, 0.0, -200.0]))
    scene = scene_of(actors=[car], fixed=[wall])
    start = state_of(scene, [(0.0, 0.0, 0.0)])
    stop = moved(start, [(2.0, 0.0, 0.0)])
    spec = replace(lidar((0.0,), columns=512, entity=1), range_max_m=200.0, reference_range_m=500.0)
    renderer = raytrace.open_renderer(scene, RenderOptions())
    points = renderer.lidar(spec, Instants(start, stop), NoiseKey(0, 0, 0)).points
    renderer.close()
    np.testing.assert_allclose(points["xyz_deskewed"][:, 0], 20.0, atol=2e-4)
    travelled = 2.0 * points["time_offset_ns"] / 1e8
    np.testing.assert_allclose(points["xyz"][:, 0], 20.0 - travelled, atol=2e-4)
