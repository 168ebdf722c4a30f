"""Drones."""
