"""The road bridge: plan, deck, piers and abutments, railings, the valley below."""
