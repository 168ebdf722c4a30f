"""One taxonomy of semantic classes. A class's id is its position; Cityscapes ids are a view of it. What other datasets
call our things is in :mod:`simengine.world.categories`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLASSES", "CLASS_ID", "SemanticClass"]


@dataclass(frozen=True)
class SemanticClass:
    """A class of the taxonomy.

    Attributes:
        name: unique lower-case name.
        colour: sRGB, 0..255, for pictures of masks (Cityscapes' colour where it has the class).
        thing: countable, so it gets boxes and tracks.
        cityscapes: label id of the Cityscapes dataset (0 = unlabeled).
    """

    name: str
    colour: tuple[int, int, int]
    thing: bool
    cityscapes: int


CLASSES: tuple[SemanticClass, ...] = (
    SemanticClass("sky", (70, 130, 180), False, 23),
    SemanticClass("road", (128, 64, 128), False, 7),
    SemanticClass("lane_marking", (240, 240, 240), False, 7),
    SemanticClass("pavement", (244, 35, 232), False, 8),
    SemanticClass("kerb", (196, 150, 190), False, 8),
    SemanticClass("terrain", (152, 251, 152), False, 22),
    SemanticClass("vegetation", (107, 142, 35), False, 21),
    SemanticClass("building", (70, 70, 70), False, 11),
    SemanticClass("wall", (102, 102, 156), False, 12),
    SemanticClass("fence", (190, 153, 153), False, 13),
    SemanticClass("barrier", (180, 165, 180), False, 14),
    SemanticClass("pole", (153, 153, 153), False, 17),
    SemanticClass("street_lamp", (210, 170, 100), False, 17),
    SemanticClass("traffic_sign", (220, 220, 0), False, 20),
    SemanticClass("traffic_light", (250, 170, 30), True, 19),
    SemanticClass("car", (0, 0, 142), True, 26),
    SemanticClass("van", (0, 40, 110), True, 26),
    SemanticClass("truck", (0, 0, 70), True, 27),
    SemanticClass("bus", (0, 60, 100), True, 28),
    SemanticClass("motorcycle", (0, 0, 230), True, 32),
    SemanticClass("bicycle", (119, 11, 32), True, 33),
    SemanticClass("adult", (220, 20, 60), True, 24),
    SemanticClass("child", (255, 80, 110), True, 24),
    SemanticClass("rider", (255, 0, 0), True, 25),
    SemanticClass("animal", (200, 120, 60), True, 5),
    SemanticClass("cone", (255, 120, 0), True, 5),
    SemanticClass("debris", (111, 74, 0), True, 5),
    SemanticClass("goods", (160, 110, 60), True, 5),
    SemanticClass("robot", (90, 90, 200), True, 5),
    SemanticClass("static_object", (81, 0, 81), False, 4),
    SemanticClass("drone", (70, 200, 220), True, 5),
    SemanticClass("tote", (60, 160, 160), True, 5),
    SemanticClass("bench", (150, 120, 200), False, 4),
    SemanticClass("floor", (120, 110, 100), False, 6),
    SemanticClass("rack", (40, 80, 150), False, 4),
    SemanticClass("rack_load", (190, 150, 100), False, 4),
    SemanticClass("pallet", (205, 165, 95), True, 5),
    SemanticClass("forklift", (235, 150, 30), True, 5),
    SemanticClass("mobile_robot", (60, 120, 230), True, 5),
    SemanticClass("pallet_truck", (220, 90, 40), True, 5),
    SemanticClass("conveyor", (130, 150, 160), False, 4),
    SemanticClass("road_barrier", (220, 150, 120), True, 5),
    SemanticClass("machine", (90, 130, 110), False, 4),
    SemanticClass("trailer", (0, 0, 110), True, 30),
    SemanticClass("bridge", (150, 100, 100), False, 15),
    SemanticClass("e_scooter", (160, 30, 110), True, 5),
    SemanticClass("wheelchair", (180, 40, 150), True, 5),
    SemanticClass("bird", (240, 160, 90), True, 5),
    SemanticClass("tram", (0, 80, 100), True, 31),
    SemanticClass("rail_track", (230, 150, 140), False, 10),
)
CLASS_ID: dict[str, int] = {c.name: i for i, c in enumerate(CLASSES)}
