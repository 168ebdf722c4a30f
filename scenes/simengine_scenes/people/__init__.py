"""People as articulated rigid limbs, proportioned from anthropometric tables."""
