"""Procedural scenes and assets: what ``use driving`` and ``use warehouse`` bring into a scenario program."""
