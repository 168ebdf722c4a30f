"""``world cell``: a robot arm behind a fence tends a machine from a conveyor."""
