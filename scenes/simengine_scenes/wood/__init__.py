"""``world woodland``: a track through a wood."""
