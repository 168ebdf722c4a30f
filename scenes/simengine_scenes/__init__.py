"""simengine_scenes."""
