"""Placement on a straight road: lanes of 3 m at y = 1.5, 4.5, ..., kerbs at y = -2 and 2 m outside on the left.

Sedans are 4 x 2 m, vans 6 x 2.2 m, children 0.3 m deep and 0.4 m wide.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.engine.placement import NO_OVERLAP, place
from simengine.errors import NotRunnableError, ProgramError
from simengine.language.program import Clause
from simengine.language.terms import Call, Ref
from simengine.world.library import INT, quantity
from tests.engine.fakes import SPAN
from tests.engine.programs import (
    LENGTH,
    MODEL,
    PLACE,
    SIDES,
    beside,
    car,
    clause,
    curb,
    entity,
    lane,
    number,
    program,
    s,
    variants,
)

EGO = car("ego", clause("on", lane(1)), clause("at", s(20.0)))


def poses(placed, row=0):
    return [
        (round(float(x), 9), round(float(y), 9), round(float(yaw), 9))
        for x, y, yaw in zip(placed.x_m[row], placed.y_m[row], placed.yaw_rad[row], strict=True)
    ]


def one(entities, values=None, types=None):
    given_types = dict.fromkeys(values or {}, LENGTH) | (types or {})
    return place(variants(program(entities, given_types), values or {}, 1))


def test_lane_and_station():
    """lane(1) is the rightmost: its centre is at y = 1.5; s(20 m) is x = 20; cars head along it; speed is initial."""
    placed = one([EGO], {"ego.speed": [10.0]})
    assert poses(placed) == [(20.0, 1.5, 0.0)]
    assert placed.speed_mps.tolist() == [[10.0]]
    assert placed.lane.tolist() == [[0]]


def test_oncoming_lane():
    """The left lane runs towards -x: station 20 of a 200 m road is x = 180 and the car heads along -x."""
    values = {"world.oncoming": [1.0]}
    placed = one([car("other", clause("on", lane(2)), clause("at", s(20.0)))], values)
    x, y, yaw = poses(placed)[0]
    assert (x, y, abs(yaw)) == (180.0, 4.5, round(np.pi, 9))


@pytest.mark.parametrize(("kind", "gap", "x"), [("ahead", 10.0, 34.0), ("behind", 5.0, 11.0), ("ahead", -12.0, 12.0)])
def test_gap_is_bumper_to_bumper(kind, gap, x):
    """ego's front is at 22; 10 m ahead the other's rear is at 32, its centre at 34. Behind by 5: front at 13, centre
    at 11. Minus 12 ahead: rear at 10, centre at 12."""
    placed = one([EGO, car("other", clause(kind, entity("ego"), "other.@by"))], {"other.@by": [gap]})
    assert poses(placed)[1] == (x, 1.5, 0.0)


def test_lane_beside_and_ahead_of_another_size():
    """A van (6 m) in the lane on ego's left, 10 m ahead: rear at 32, centre at 35, y = 4.5."""
    other = car("other", clause("on", beside("ego", "left")), clause("ahead", entity("ego"), "other.@by"))
    placed = one([EGO, other], {"other.@by": [10.0], "other.model": [1.0]}, {"other.model": MODEL})
    assert poses(placed)[1] == (35.0, 4.5, 0.0)


def test_lane_beside_an_oncoming_car_is_on_its_own_left():
    """For a car that heads along -x, the lane on its left is the one at smaller y (lane 1)."""
    first = car("first", clause("on", lane(2)), clause("at", s(100.0)))
    other = car("other", clause("on", beside("first", "left")), clause("ahead", entity("first"), "other.@by"))
    placed = one([first, other], {"world.oncoming": [1.0], "other.@by": [10.0]})
    assert poses(placed)[1] == (86.0, 1.5, 0.0)  # ahead of the first car is towards -x; the lane itself runs to +x


def test_no_lane_there_refuses():
    """There is no lane on the right of lane 1: the variant is refused, the other one is not."""
    side = Ref("side", SIDES, SPAN)
    prog = program([EGO, car("other", clause("on", beside("ego", side)), clause("ahead", entity("ego")))],
                   {"side": SIDES})  # fmt: skip
    placed = place(variants(prog, {"side": [0.0, 1.0]}, 2))
    assert placed.possible.tolist() == [True, False]
    assert "lane of 'other' does not exist" in placed.refusals[0].detail


def test_row_along_the_kerb():
    """The row starts at a quarter of 200 m; the second stands 2 m, the third 3 m in front of the one before: rears at
    50, 50 + 4 + 2 = 56 (van, 6 m) and 65. Right sides 0.25 m from the kerb at y = -2: centres at -2 + 0.25 + 1 = -0.75
    (sedan) and -0.65 (van, 1.1 m half width)."""
    row = car("parked", clause("along", curb("right"), "parked.@by"), count_max=3)
    types = {"parked.count": INT, "parked.@by": LENGTH, "parked.model": MODEL}
    prog = program([row], types, {"parked.@by": "parked", "parked.model": "parked"})
    values = {"parked.count": [3.0, 2.0], "parked.@by": [[1, 2, 3]] * 2, "parked.model": [[0, 1, 0]] * 2}
    placed = place(variants(prog, values, 2))
    assert poses(placed) == [(52.0, -0.75, 0.0), (59.0, -0.65, 0.0), (67.0, -0.75, 0.0)]
    assert placed.active.tolist() == [[True, True, True], [True, True, False]]


def test_left_kerb_row_is_mirrored():
    """The left kerb is at y = 8: a sedan's left side is 0.25 m from it, its centre at 8 - 1.25."""
    placed = one([car("parked", clause("along", curb("left")))])
    assert poses(placed)[0] == (52.0, 6.75, 0.0)
    oncoming = one([car("parked", clause("along", curb("left")))], {"world.oncoming": [1.0]})
    assert abs(poses(oncoming)[0][2]) == round(np.pi, 9)  # parked in the direction of its side of the road


def test_between_two_parked_cars_faces_the_road():
    """Fronts and rears around the gap are at x = 50 + 4 = 54 and 56: the child stands at 55, in line with the cars'
    centres, and looks at the lane (+y)."""
    row = car("parked", clause("along", curb("right"), "parked.@by"), count_max=3)
    kid = car("kid", clause("between", entity("parked", 1.0), None, entity("parked", 2.0)), kind="pedestrian")
    prog = program([row, kid], {"parked.count": INT, "parked.@by": LENGTH}, {"parked.@by": "parked"})
    values = {"parked.count": [2.0, 1.0], "parked.@by": [[1.0, 2.0, 0.0]] * 2}
    placed = place(variants(prog, values, 2))
    x, y, yaw = poses(placed)[3]
    assert (x, y, yaw) == (55.0, -0.75, round(np.pi / 2, 9))
    assert placed.possible.tolist() == [True, False]  # the second variant has no parked[2]
    assert "element of 'parked' that does not exist" in placed.refusals[0].detail
    assert placed.speed_mps[0, 3] == 0.0


def test_beside_and_lateral_and_yaw():
    """Left of ego by 1 m: 1 + 1 + 1 = 3 m to the left of its centre. lateral 0.5 m shifts on, yaw turns it."""
    other = car("other", clause("left", entity("ego"), "other.@by"))
    placed = one([EGO, other], {"other.@by": [1.0], "other.lateral": [0.5], "other.yaw": [0.25]})
    assert poses(placed)[1] == (20.0, 5.0, 0.25)


def test_people_along_the_kerb_stand_on_the_pavement_and_face_the_road():
    """0.25 m behind the kerb plus half their depth: y = -2 - 0.25 - 0.15, facing +y. The first begins at 50 m and takes
    its width of 0.4 m, the second stands 1 m further: centres at 50.2 and 51.6."""
    row = car("p", clause("along", curb("right"), "p.@by"), count_max=2, kind="pedestrian")
    placed = one([row], {"p.count": [2.0], "p.@by": [1.0]})
    assert poses(placed) == [(50.2, -2.4, round(np.pi / 2, 9)), (51.6, -2.4, round(np.pi / 2, 9))]


def test_facing_an_entity_and_an_angle():
    """From (20, 4.5) towards ego at (20, 1.5): heading -90 deg. An angle of 1 rad counts from the road's direction."""
    looks = car("p", clause("on", lane(2)), clause("at", s(20.0)), clause("facing", entity("ego")), kind="pedestrian")
    turned = car("q", clause("on", lane(2)), clause("at", s(50.0)), clause("facing", entity("q"), "q.@facing"))
    placed = one([EGO, looks, turned], {"q.@facing": [1.0]})
    assert [p[2] for p in poses(placed)[1:]] == [round(-np.pi / 2, 9), 1.0]


def test_overlap_is_refused_and_named():
    """Two cars at the same station overlap; a third in the next lane (3 m aside, 2 m wide) does not; cars whose
    bumpers just touch do not either."""
    same = car("same", clause("on", lane(1)), clause("at", s(22.0)))
    aside = car("aside", clause("on", lane(2)), clause("at", s(20.0)))
    placed = one([EGO, same, aside])
    assert [(r.constraint, r.detail) for r in placed.refusals] == [(NO_OVERLAP, "'ego' and 'same' overlap")]
    touching = car("touching", clause("ahead", entity("ego"), "touching.@by"))
    assert one([EGO, touching], {"touching.@by": [0.0]}).possible.all()


def test_pairs_looked_at_in_pieces_give_the_same_refusals(monkeypatch):
    """A row of 40 cars with a gap of -1 m somewhere: every neighbour overlaps. Looking at few pairs at a time, so that
    thousands of entities fit into memory, finds the same pairs."""
    row = car("p", clause("along", curb("right"), "p.@by"), count_max=40)
    types = {"p.count": INT, "p.@by": LENGTH}
    gaps = np.where(np.arange(40) % 3 == 1, -1.0, 0.5)
    values = {"p.count": [40.0, 20.0], "p.@by": np.tile(gaps, (2, 1)), "world.length": [500.0, 500.0]}

    def refusals():
        prog = program([row], {**types, "world.length": LENGTH}, {"p.@by": "p"})
        return [(r.detail, r.rows.tolist()) for r in place(variants(prog, values, 2)).refusals]

    whole = refusals()
    assert len(whole) == 13
    assert whole[0] == ("'p[1]' and 'p[2]' overlap", [True, True])
    assert whole[-1] == ("'p[37]' and 'p[38]' overlap", [True, False])
    monkeypatch.setattr("simengine.engine.placed._PAIRS", 100)
    assert refusals() == whole


def test_beyond_the_end_of_the_road_is_refused():
    """Station 250 m of a 200 m lane."""
    assert not one([car("far", clause("on", lane(1)), clause("at", s(250.0)))]).possible.any()


def test_order_does_not_matter_and_circles_are_named():
    """``other`` may be declared before what it refers to; two that refer to each other are an error."""
    other = car("other", clause("ahead", entity("ego")))
    assert poses(one([other, EGO]))[0] == poses(one([EGO, other]))[1]
    with pytest.raises(ProgramError, match="a -> b -> a"):
        one([car("a", clause("ahead", entity("b"))), car("b", clause("ahead", entity("a")))])


def test_what_does_not_run_says_so():
    """Clauses that placement does not know: one clear error with the line."""
    with pytest.raises(NotRunnableError, match="line 1: 'under'"):
        one([EGO, car("item", clause("under", entity("ego")))])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(5, 60), st.floats(0.5, 30), st.floats(-1, 1), st.integers(0, 1), st.integers(1, 3)),
        min_size=2, max_size=6,
    )
)  # fmt: skip
def test_batch_equals_singles(rows):
    """A variant gets the same bits alone and in any batch, with other numbers of elements around it."""
    row = car("parked", clause("along", curb("right"), "parked.@by"), count_max=3)
    kid = car("kid", clause("between", entity("parked", 1.0), None, entity("parked", 2.0)), kind="pedestrian")
    ego = car("ego", clause("on", lane(1)), clause("at", s(Ref("start", LENGTH, SPAN))))
    other = car("other", clause("on", beside("ego", "left")), clause("ahead", entity("ego"), "other.@by"))
    types = {"start": LENGTH, "other.@by": LENGTH, "other.yaw": quantity("angle"), "other.model": MODEL,
             "parked.count": INT, "parked.@by": LENGTH}  # fmt: skip
    prog = program([row, kid, ego, other], types, {"parked.@by": "parked"})

    def run(chosen):
        start, gap, yaw, model, count = (np.array(c, float) for c in zip(*chosen, strict=True))
        values = {"start": start, "other.@by": gap, "other.yaw": yaw, "other.model": model, "parked.count": count,
                  "parked.@by": np.stack([gap, gap + 1, gap + 2], -1)}  # fmt: skip
        return place(variants(prog, values, len(chosen)))

    together = run(rows)
    for index, row_values in enumerate(rows):
        alone = run([row_values])
        for name in ("x_m", "y_m", "yaw_rad", "speed_mps", "active", "size_m"):
            assert getattr(alone, name)[0].tobytes() == getattr(together, name)[index].tobytes()
        assert alone.possible[0] == together.possible[index]


# ---- points, rows, what is faced -----------------------------------------------------------------------------------


def point(x, y):
    return Call("point", None, {"x": number(x), "y": number(y)}, PLACE, SPAN)


def test_points_and_places_of_others():
    """(30, 8) is nearer to the lane at y = 4.5, and a car there heads along it; a child at (30, -3) faces the road, to
    the left; ``at ego`` is where ego is."""
    placed = one([
        EGO, car("a", clause("at", point(30.0, 8.0))), car("kid", clause("at", point(30.0, -3.0)), kind="pedestrian"),
        car("b", clause("at", entity("ego"))),
    ], {"b.lateral": [2.5]})  # fmt: skip
    turn = round(np.pi / 2, 9)
    assert poses(placed) == [(20.0, 1.5, 0.0), (30.0, 8.0, 0.0), (30.0, -3.0, turn), (20.0, 4.0, 0.0)]


def test_a_row_ahead_of_another():
    """ego (4 m long) stands at 20: the first car's centre is 2 + 3 + 2 m ahead of it, at 27, the next 3 + 4 m on. In
    the row on the left kerb the first centre stands at s(50 m), the others 4 m and their gaps of 1 m and 2 m on."""
    types = {"queue.count": INT, "queue.@by": LENGTH, "row.count": INT, "row.@by": LENGTH}
    queue = car("queue", clause("ahead", entity("ego"), "queue.@by"), count_max=3)
    row = car("row", clause("along", curb("left"), "row.@by"), clause("at", s(50.0)), count_max=3)
    prog = program([EGO, queue, row], types, {"queue.@by": "queue", "row.@by": "row"})
    values = {"queue.count": [3], "queue.@by": [[3.0] * 3], "row.count": [3], "row.@by": [[9.0, 1.0, 2.0]]}
    placed = place(variants(prog, values, 1))
    assert [round(float(x), 9) for x in placed.x_m[0]] == [20.0, 27.0, 34.0, 41.0, 50.0, 55.0, 61.0]
    assert not placed.refusals


def test_beyond_as_ego_sees_it():
    """ego at (20, 1.5), a car 4 m long at (40, 1.5): beyond it by 1 m, a child 0.3 x 0.4 m that faces the road. Its
    width of 0.4 m lies along the line of sight, so it stands at (40 + 2 + 1 + 0.2, 1.5)."""
    beyond = Clause("beyond", entity("a"), entity("ego"), None, SPAN)
    kid = car("kid", beyond, kind="pedestrian")
    placed = one([EGO, car("a", clause("on", lane(1)), clause("at", s(40.0))), kid])
    assert poses(placed)[2][:2] == (43.2, 1.5)


def test_two_that_face_each_other():
    """From (20, 1.5) to (30, 4.5) the angle is atan2(3, 10), and back it is that less pi: no ring."""
    a = car("a", clause("on", lane(1)), clause("at", s(20.0)), clause("facing", entity("b")))
    b = car("b", clause("on", lane(2)), clause("at", s(30.0)), clause("facing", entity("a")))
    (_, _, yaw_a), (_, _, yaw_b) = poses(one([a, b]))
    assert yaw_a == pytest.approx(np.arctan2(3.0, 10.0)) and yaw_b == pytest.approx(np.arctan2(3.0, 10.0) - np.pi)
