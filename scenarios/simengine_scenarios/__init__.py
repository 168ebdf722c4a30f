"""simengine_scenarios."""
