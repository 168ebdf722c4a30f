"""raytrace."""
