"""Labels: pure functions of readings and of the world state they were rendered from. Nothing here is estimated.

Every label names things by their instance id, the index into ``Scene.entities``, which is also the track id.
Boxes in images use pixel edges: a box (x0, y0, x1, y1) covers the columns x0 .. x1 - 1 and the rows y0 .. y1 - 1, so
its width is x1 - x0 and the box of a single pixel is 1 wide.
"""

from __future__ import annotations

from simengine.render.labels.amodal import AmodalBoxes, amodal_boxes, window_of
from simengine.render.labels.boxes import Boxes2D, camera_labels, occlusion_level
from simengine.render.labels.images import FROM_PERIOD, label_images, range_then
from simengine.render.labels.keypoints import Keypoints, keypoint_labels
from simengine.render.labels.masks import AmodalMasks, mask_labels
from simengine.render.labels.motion import SEEN_FROM, flow_mask
from simengine.render.labels.objects import Objects3D, lidar_labels, objects3d, points_per_instance
from simengine.render.labels.pixels import InstancePixels, instance_pixels
from simengine.render.labels.poses import Poses6D, pose_labels

__all__ = [
    "FROM_PERIOD", "SEEN_FROM", "AmodalBoxes", "AmodalMasks", "Boxes2D", "InstancePixels", "Keypoints",
    "Objects3D", "Poses6D", "amodal_boxes", "camera_labels", "flow_mask", "instance_pixels", "keypoint_labels",
    "label_images", "lidar_labels", "mask_labels", "objects3d", "occlusion_level", "points_per_instance",
    "pose_labels", "range_then", "window_of",
]  # fmt: skip
