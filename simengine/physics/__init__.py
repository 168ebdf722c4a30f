"""Batched physics of actors: motion, controllers, contacts, times and sight lines. float64, elementwise, on the CPU."""

from simengine.physics.boxes import Boxes, first_contact, overlap, separation_m, ttc_s
from simengine.physics.cast import Cast
from simengine.physics.joints import JointRig, joint_angles
from simengine.physics.simulation import Simulation
from simengine.physics.snapshot import Snapshot

__all__ = [
    "Boxes", "Cast", "JointRig", "Simulation", "Snapshot", "first_contact", "joint_angles", "overlap", "separation_m",
    "ttc_s",
]  # fmt: skip
