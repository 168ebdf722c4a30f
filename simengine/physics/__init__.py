"""Batched physics of actors: motion, controllers, contacts, times and sight lines. float64, elementwise, on the CPU."""

from simengine.physics.boxes import Boxes, first_contact, overlap, separation_m, ttc_s
from simengine.physics.cast import Cast
from simengine.physics.simulation import Simulation
from simengine.physics.snapshot import Snapshot

__all__ = ["Boxes", "Cast", "Simulation", "Snapshot", "first_contact", "overlap", "separation_m", "ttc_s"]
