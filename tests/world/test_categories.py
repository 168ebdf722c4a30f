"""What other datasets call our things: against the lists that they publish."""

from __future__ import annotations

import pytest

from simengine.world.categories import CITYSCAPES, COCO_IDS, DATASETS, categories, category
from simengine.world.taxonomy import CLASS_ID, CLASSES
from simengine_scenes.driving import LIBRARY as DRIVING
from simengine_scenes.goods import GOODS_SIZE_M
from simengine_scenes.warehouse import LIBRARY as WAREHOUSE

COCO = (
    "person bicycle car motorcycle airplane bus train truck boat|traffic light|fire hydrant||stop sign|parking meter|"
    "bench bird cat dog horse sheep cow elephant bear zebra giraffe||backpack umbrella|||handbag tie suitcase frisbee "
    "skis snowboard|sports ball|kite|baseball bat|baseball glove|skateboard surfboard|tennis racket|bottle||"
    "wine glass|cup fork knife spoon bowl banana apple sandwich orange broccoli carrot|hot dog|pizza donut cake chair "
    "couch|potted plant|bed||dining table|||toilet||tv laptop mouse remote keyboard|cell phone|microwave oven toaster "
    "sink refrigerator||book clock vase scissors|teddy bear|hair drier|toothbrush"
)
"""Categories in the order of their ids from 1 on; bars stand between those of two words, ids without one are empty."""
_TWO_WORDS = ("traffic light", "fire hydrant", "stop sign", "parking meter", "sports ball", "baseball bat",
              "baseball glove", "tennis racket", "wine glass", "hot dog", "potted plant", "dining table", "cell phone",
              "teddy bear", "hair drier")  # fmt: skip
NUSCENES = {
    "animal", "human.pedestrian.adult", "human.pedestrian.child", "human.pedestrian.construction_worker",
    "human.pedestrian.personal_mobility", "human.pedestrian.police_officer", "human.pedestrian.stroller",
    "human.pedestrian.wheelchair", "movable_object.barrier", "movable_object.debris",
    "movable_object.pushable_pullable", "movable_object.trafficcone", "static_object.bicycle_rack", "vehicle.bicycle",
    "vehicle.bus.bendy", "vehicle.bus.rigid", "vehicle.car", "vehicle.construction", "vehicle.emergency.ambulance",
    "vehicle.emergency.police", "vehicle.motorcycle", "vehicle.trailer", "vehicle.truck",
}  # fmt: skip
KITTI = {"Car", "Van", "Truck", "Pedestrian", "Person_sitting", "Cyclist", "Tram", "Misc"}
CITYSCAPES_LABELS = (
    "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road",
    "sidewalk", "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole",
    "polegroup", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck",
    "bus", "caravan", "trailer", "train", "motorcycle", "bicycle",
)  # fmt: skip


def coco_ids() -> dict[str, int]:
    """COCO's 80 categories by name."""
    slots: list[str] = []
    for part in COCO.split("|"):
        slots += [part] if part in _TWO_WORDS or not part else part.split(" ")
    return {name: k + 1 for k, name in enumerate(slots) if name}


def test_the_list_of_coco_is_whole():
    """80 categories, the last of which has the id 90, "person" 1 and "stop sign" 13 as everybody knows them."""
    ids = coco_ids()
    assert len(ids) == 80 and ids["toothbrush"] == 90 and ids["person"] == 1 and ids["stop sign"] == 13


def test_coco():
    """Every name is one of COCO's, with its id."""
    ids = coco_ids()
    assert set(DATASETS["coco"].values()) == COCO_IDS.keys()
    assert {name: number for name, (number, _) in COCO_IDS.items()} == {name: ids[name] for name in COCO_IDS}
    assert category("coco", "animal", "animal", "dog") == "dog" and category("coco", "animal", "animal", "deer") is None
    assert category("coco", "bench") is None  # it is a workbench; COCO's is to sit on
    for goods in GOODS_SIZE_M:
        name = category("coco", "goods", "item", goods)
        assert name is None or name in COCO_IDS


def test_nuscenes():
    """Every name is one of nuScenes' 23. Riders belong to what they ride; rails are no barriers that were put up."""
    assert set(DATASETS["nuscenes"].values()) <= NUSCENES and len(NUSCENES) == 23
    assert category("nuscenes", "car", "emergency_vehicle", "police") == "vehicle.emergency.police"
    assert category("nuscenes", "machine", "excavator", "") == "vehicle.construction"
    assert category("nuscenes", "machine", "machine", "") is None  # of a factory
    assert category("nuscenes", "rider") is None and category("nuscenes", "barrier") is None


def test_kitti():
    """Each class of things has one of the eight types, but for traffic lights; a cyclist is one with the bicycle."""
    assert set(DATASETS["kitti"].values()) == KITTI
    assert {c.name for c in CLASSES if c.thing and category("kitti", c.name) is None} == {"traffic_light"}
    assert category("kitti", "bicycle", "cyclist", "city_bike") == "Cyclist"


def test_cityscapes():
    """Ids and names are those of the published list."""
    assert {k: CITYSCAPES_LABELS[k] for k in CITYSCAPES} == CITYSCAPES
    assert {c.cityscapes for c in CLASSES} <= CITYSCAPES.keys()
    assert categories("adult")["cityscapes"] == "person" and categories("animal")["cityscapes"] == "dynamic"


@pytest.mark.parametrize("dataset", DATASETS)
def test_keys_are_of_our_classes(dataset):
    """A key is a class, or a class and a word behind it that one of our kinds or models has (users have more)."""
    words = {w for lib in (DRIVING, WAREHOUSE) for k in lib.entities.values() for w in (k.name, *k.models)}
    words |= {*GOODS_SIZE_M, "excavator", "roller", "cat", "horse", "sheep"}
    for key in DATASETS[dataset]:
        own, _, word = key.partition(".")
        assert own in CLASS_ID and (not word or word in words), key
