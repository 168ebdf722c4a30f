"""What other datasets call the things of our classes: the one table that exports, labels and documents read.

Published lists: COCO 2017 (80 categories of things, ids 1..90), nuScenes (its 23 categories, by the definitions of its
annotator instructions), KITTI object (8 types, readme of its development kit), Cityscapes (labels of
``cityscapesscripts``; ids in :mod:`simengine.world.taxonomy`).
"""

from __future__ import annotations

from collections.abc import Mapping

from simengine.world.taxonomy import CLASS_ID, CLASSES

__all__ = ["CITYSCAPES", "COCO_IDS", "DATASETS", "categories", "category"]

DATASETS: Mapping[str, Mapping[str, str]] = {
    "coco": {
        "car": "car", "car.pickup": "truck", "van": "car", "truck": "truck", "bus": "bus", "tram": "train",
        "motorcycle": "motorcycle", "bicycle": "bicycle", "adult": "person", "child": "person", "rider": "person",
        "wheelchair": "person", "e_scooter": "person", "traffic_light": "traffic light", "bird": "bird",
        "animal.cat": "cat", "animal.dog": "dog", "animal.horse": "horse", "animal.sheep": "sheep",
        "animal.cow": "cow", "goods.apple": "apple", "goods.orange_fruit": "orange", "goods.banana": "banana",
        "goods.mug": "cup", "goods.bottle": "bottle", "goods.bowl": "bowl", "goods.spoon": "spoon",
        "goods.book": "book", "goods.scissors": "scissors", "goods.ball": "sports ball",
    },
    "nuscenes": {
        "car": "vehicle.car", "car.pickup": "vehicle.truck", "car.police": "vehicle.emergency.police",
        "van": "vehicle.truck", "van.ambulance": "vehicle.emergency.ambulance", "truck": "vehicle.truck",
        "trailer": "vehicle.trailer", "bus": "vehicle.bus.rigid", "motorcycle": "vehicle.motorcycle",
        "bicycle": "vehicle.bicycle", "adult": "human.pedestrian.adult", "child": "human.pedestrian.child",
        "e_scooter": "human.pedestrian.personal_mobility", "wheelchair": "human.pedestrian.wheelchair",
        "animal": "animal", "bird": "animal", "cone": "movable_object.trafficcone",
        "debris": "movable_object.debris", "road_barrier": "movable_object.barrier",
        "pallet_truck": "movable_object.pushable_pullable", "machine.excavator": "vehicle.construction",
        "machine.roller": "vehicle.construction",
    },
    "kitti": {
        "car": "Car", "van": "Van", "truck": "Truck", "adult": "Pedestrian", "child": "Pedestrian",
        "bicycle.cyclist": "Cyclist", "rider": "Cyclist", "tram": "Tram", "wheelchair": "Person_sitting",
        **{c.name: "Misc" for c in CLASSES if c.thing and c.name not in (
            "car", "van", "truck", "adult", "child", "rider", "tram", "wheelchair", "traffic_light")},
    },
}  # fmt: skip
"""Names by dataset, and there by class, or by class and model or kind ("animal.dog"), which goes first.

COCO and nuScenes have nothing for what is not there. COCO says "person" of whoever rides or sits in something.
nuScenes: cargo vans and pickups haul cargo, so they are trucks; riders are part of what they ride, so that a ``rider``
has no name; "barrier" is one that was put up for a time, so that guard rails have none. KITTI: a bicycle is a
"Cyclist" with who rides it; other things are "Misc"; its people labelled no traffic lights.
"""

COCO_IDS: Mapping[str, tuple[int, str]] = {
    "person": (1, "person"), "bicycle": (2, "vehicle"), "car": (3, "vehicle"), "motorcycle": (4, "vehicle"),
    "bus": (6, "vehicle"), "train": (7, "vehicle"), "truck": (8, "vehicle"), "traffic light": (10, "outdoor"),
    "bird": (16, "animal"), "cat": (17, "animal"), "dog": (18, "animal"), "horse": (19, "animal"),
    "sheep": (20, "animal"), "cow": (21, "animal"), "sports ball": (37, "sports"), "bottle": (44, "kitchen"),
    "cup": (47, "kitchen"), "spoon": (50, "kitchen"), "bowl": (51, "kitchen"), "banana": (52, "food"),
    "apple": (53, "food"), "orange": (55, "food"), "book": (84, "indoor"), "scissors": (87, "indoor"),
}  # fmt: skip
"""Id and supercategory of those categories of COCO that our things can have."""

CITYSCAPES: Mapping[int, str] = {
    0: "unlabeled", 4: "static", 5: "dynamic", 6: "ground", 7: "road", 8: "sidewalk", 10: "rail track",
    11: "building", 12: "wall", 13: "fence", 14: "guard rail", 15: "bridge", 17: "pole", 19: "traffic light",
    20: "traffic sign", 21: "vegetation", 22: "terrain", 23: "sky", 24: "person", 25: "rider", 26: "car",
    27: "truck", 28: "bus", 30: "trailer", 31: "train", 32: "motorcycle", 33: "bicycle",
}  # fmt: skip
"""Names of the labels of Cityscapes that our classes have, by id."""


def category(dataset: str, class_name: str, kind: str = "", model: str = "") -> str | None:
    """What a dataset of ``DATASETS`` calls a thing of a class, kind and model; None: nothing."""
    names = DATASETS[dataset]
    keys = (f"{class_name}.{model}", f"{class_name}.{kind}", class_name)
    return next((names[key] for key in keys if key in names), None)


def categories(class_name: str, kind: str = "", model: str = "") -> dict[str, str | None]:
    """What all datasets call a thing, Cityscapes by its label."""
    found = {dataset: category(dataset, class_name, kind, model) for dataset in DATASETS}
    return {**found, "cityscapes": CITYSCAPES[CLASSES[CLASS_ID[class_name]].cityscapes]}
