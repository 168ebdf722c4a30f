"""Roads: cross sections, lane graphs, and the street and highway that are built on them."""
