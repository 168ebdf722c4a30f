"""Things that stand along roads: houses, trees, lamps, furniture, rails and signs."""
