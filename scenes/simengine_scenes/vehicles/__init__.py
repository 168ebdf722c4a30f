"""Vehicles as rigid parts: dimensions of real models, bodies, wheels."""
