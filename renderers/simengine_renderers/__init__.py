"""simengine_renderers."""
