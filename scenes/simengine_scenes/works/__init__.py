"""Roadworks: what guides traffic past them, machines and heaps, and ``world construction``."""
