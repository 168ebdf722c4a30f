"""The shipped scenarios of published test sets: their grids have the published numbers of cases.

Each number is derived by hand from the published parameters (UN R157 and Euro NCAP variation files), not from a run.
"""

from __future__ import annotations

import pytest

from simengine.engine.inspect import count_grid

SPEEDS = 12  # ego 5..60 km/h in steps of 5
ROADS = 5  # straight, and bends of 250 m and 1000 m to both sides
MODELS = 5  # car, truck, van, bus, motorbike
TARGETS = 6  # these and a pedestrian

UN_R157 = {
    "alks_free_driving": (SPEEDS, SPEEDS),  # 4.1_1: 12
    "alks_swerving_lead": (ROADS * SPEEDS * MODELS, 300),  # 4.1_2
    # 4.1_3: offsets along the road -5, -2.5, 0, 2.5, 5 m; left and right; 0 and 0.5 m aside.
    "alks_side_vehicle": (SPEEDS * MODELS * 5 * 2 * 2, 1_200),
    "alks_blocked": (ROADS * SPEEDS * TARGETS, 360),  # 4.2_1
    # 4.2_2: -2..2 m in steps of 0.25 m are 17 places.
    "alks_partly_blocked": (ROADS * SPEEDS * TARGETS * 17, 6_120),
    "alks_crossing_pedestrian": (ROADS * SPEEDS * 2, 120),  # 4.2_3
    "alks_two_blocking": (ROADS * SPEEDS * TARGETS * MODELS, 1_800),  # 4.2_4
    # 4.3: -1.75..1.75 m in steps of 0.5 m are 8 places; -1.75 m itself, the lane's right-hand line, is excluded: 7/8.
    "alks_follow_comfort": (ROADS * SPEEDS * MODELS * 8, ROADS * SPEEDS * MODELS * 7),  # 4.3_1: 2,400 -> 2,100
    "alks_follow_braking": (7 * ROADS * MODELS * 8, 7 * ROADS * MODELS * 7),  # 4.3_2: 7 rows; 1,400 -> 1,225
    # 4.4: ve0 5 x dv 5 x dx0 7 x vy 6 x accel 5 x side 2 x model 5. Of the 25 (ve0, dv) those with ve0 + dv of 0 or
    # less go: 20: one (dv -10) remains of 5, 30: two, ... 60: five, 15 in all. Other's speed is 10 km/h = 2.78 m/s in
    # five of them, which excludes vy = 3 m/s: 15 x 6 - 5 = 85 triples x (dx0 7 x accel 5 x side 2 x model 5 = 350).
    "alks_cut_in": (5 * 5 * 7 * 6 * 5 * 2 * 5, 85 * 350),  # 4.4_1: 52,500 -> 29,750
    "alks_cut_in_unavoidable": (5 * 5 * 7 * 6 * 5 * 2 * 5, 85 * 350),  # 4.4_2: the same parameters
    # 4.5: side 2 x dx0 10 x vy 6. vy must be below ve0: 5 km/h = 1.39 m/s allows 0.5 and 1 (four go), 10 km/h = 2.78
    # m/s all but 3 (one goes), from 15 km/h on all: 12 x 6 - 5 = 67 pairs.
    "alks_cut_out": (SPEEDS * 2 * 10 * 6 * TARGETS, 67 * 2 * 10 * TARGETS),  # 4.5_1: 8,640 -> 8,040
    "alks_cut_out_two": (SPEEDS * 2 * 10 * 6 * TARGETS * MODELS, 67 * 2 * 10 * TARGETS * MODELS),  # 43,200 -> 40,200
    "alks_detection_front": (2 * 3, 6),  # 4.6_1: pedestrian or motorbike at 0 and +-5.25 m
    "alks_detection_side": (2, 2),  # 4.6_2: from the left and from the right
}
NCAP_2026 = {
    "ccrs": 5 * 5 + 3 * 5,  # braking 10..50 and warning 60..80 km/h, five overlaps
    "ccrm": 11 * 5,  # (30..80, 20) and (90, 30) .. (130, 70), five overlaps
    "ccrb": 6 * 5,  # 30..80 km/h
    "ccfhos": 6 * 3,
    "ccftap": 3 * 3,
    "cccscp": 5 * 5 * 2,  # 20..60 against 20..60 km/h, near and far side
    "cmrs": 5 * 3 + 3 * 3,  # motorcycles: three overlaps
    "cmrb": 6 * 3,
    "cmftap": 3 * 3,
    "cmcscp": 5 * 5 * 2,
    "cpna": 6 * 3 * 2,  # 10..60 km/h, three points of impact, day and night
    "cpfa": 6 * 2,
    "cpla": 6 * 2 + 4 * 2,  # braking 10..60 at 50 %, warning 50..80 at 25 %, day and night
    "cpnco": 6 * 2,
    "cbna": 6 * 2,  # two points of impact
    "cbnao": 6 * 2,
    "cbfa": 6 * 2,
    "cbla": 5 + 4,  # braking 20..60 against 15 km/h, warning 50..80 against 20 km/h
}


@pytest.mark.parametrize("name", UN_R157)
def test_grids_of_un_r157(name: str) -> None:
    """All combinations of the row's parameters, and those that its constraints leave."""
    raw, feasible = UN_R157[name]
    assert count_grid(name) == {"raw": raw, "feasible": feasible}


@pytest.mark.parametrize("name", NCAP_2026)
def test_grids_of_euro_ncap(name: str) -> None:
    """The cases of the set's standard range; no constraint removes one."""
    assert count_grid(name) == {"raw": NCAP_2026[name], "feasible": NCAP_2026[name]}


def test_the_whole_standard_range() -> None:
    """The 22 published sets (braking and warning of one target are one file here) have 428 cases."""
    assert sum(NCAP_2026.values()) == 428
