"""Animals on four legs that walk, trot and gallop."""
