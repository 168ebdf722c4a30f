"""Rigid bodies: things that fall, slide, pile up and are carried, and the robot arms that carry them.

A variant has a MuJoCo world of its own (:mod:`world`), made when something in it is loose; the rest of the physics
knows only poses. MuJoCo is imported when the first world is made.
"""
