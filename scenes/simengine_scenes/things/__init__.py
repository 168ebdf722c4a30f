"""What lies on the road: lost cargo, standing water."""
