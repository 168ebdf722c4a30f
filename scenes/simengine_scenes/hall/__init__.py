"""``world hall``: aisles of pallet racks, a drive way, a staging area and dock doors, and what works there."""
