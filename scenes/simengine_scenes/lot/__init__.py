"""``world parking_lot``: aisles between rows of bays before a shop."""
