"""simengine: scenario programs to labelled camera and LiDAR data."""
