"""Beam tables against the collected facts."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simengine.errors import SensorError
from simengine.sensors.beams import beam_names, beam_table, uniform_beams

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "lidar_beam_tables.json"


def test_every_unit_is_well_formed() -> None:
    """As many offsets and times as beams, angles of a real LiDAR, times inside a column of the fastest spin (20 Hz)."""
    assert len(beam_names()) == 21
    for name in beam_names():
        table = beam_table(name)
        n = table.channels
        assert len(table.azimuth_offset_rad) == len(table.firing_offset_ns) == n and n in (16, 32, 40, 64, 128)
        assert np.abs(table.elevation_rad).max() < math.radians(60) and len(np.unique(table.elevation_rad)) == n
        assert np.abs(table.azimuth_offset_rad).max() < math.radians(12)
        assert table.firing_offset_ns.min() == 0 or not table.firing_offset_ns.any()
        assert table.firing_offset_ns.max() * table.columns < 3 * 10**8
        assert table.source.startswith("github.com/")


def test_columns_follow_from_the_firing_cycle() -> None:
    """One revolution at 10 Hz over the firing cycle of the manuals (55.296 us, 46.08 us, 53.3 us)."""
    for name, cycle_us in (("VLP-16", 55.296), ("VLP-32C", 55.296), ("HDL-32E", 46.08), ("VLS-128", 53.3)):
        assert beam_table(name).columns == pytest.approx(1e5 / cycle_us, abs=1.0)
    np.testing.assert_array_equal(np.diff(beam_table("VLP-16").firing_offset_ns), 2304)


def test_names_are_forgiving_and_mistakes_get_a_hint() -> None:
    """Case, spaces, dashes and underscores do not matter; a wrong name is answered with the nearest one."""
    assert beam_table("os1_128").name == beam_table("OS1 128").name == "OS1-128"
    with pytest.raises(SensorError, match="did you mean 'VLP-16'"):
        beam_table("VLP-17")
    with pytest.raises(SensorError, match="known: "):
        beam_table("something else entirely")


def test_uniform_beams_span_two_to_minus_24_8_degrees() -> None:
    """The documented span, evenly spaced, top first."""
    fan = np.degrees(uniform_beams(64).elevation_rad)
    assert fan[0] == pytest.approx(2.0) and fan[-1] == pytest.approx(-24.8)
    np.testing.assert_allclose(np.diff(fan), -26.8 / 63)
    assert uniform_beams(1).elevation_rad[0] == 0.0
    for bad in (0, -3, 5000):
        with pytest.raises(SensorError, match=r"1\.\.1024"):
            uniform_beams(bad)


def test_angles_equal_the_collected_facts() -> None:
    """Elevations as collected; azimuth offsets counter-clockwise (Hesai and Ouster count clockwise: sign turned)."""
    if not SHARED.exists():
        pytest.skip("the collected tables are not beside this checkout (../shared/data)")
    facts = json.loads(SHARED.read_text())
    for key, name, sign in (("VLP-32C", "VLP-32C", 1), ("OS1-128", "OS1-128", -1), ("Pandar64", "Pandar64", -1)):
        row, table = facts[key], beam_table(name)
        elevation = row.get("elevation_deg") or row["elevation_deg_by_laser_id"]
        azimuth = row.get("azimuth_offset_deg") or row["azimuth_offset_deg_by_laser_id"]
        np.testing.assert_allclose(np.degrees(table.elevation_rad), elevation, atol=1e-7)
        np.testing.assert_allclose(np.degrees(table.azimuth_offset_rad), sign * np.array(azimuth), atol=1e-7)
