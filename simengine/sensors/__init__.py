"""Sensor specifications: camera and LiDAR, and the words of the language for them."""
