"""The seam between the engine and renderers: protocol, channels, readings, and labels made from them."""
