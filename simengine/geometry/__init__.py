"""Rigid transforms, quaternions, oriented boxes. Knows nothing of scenes."""
