"""The road tunnel: plan, bore, portals, fittings, light."""
