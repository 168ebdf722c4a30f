"""The scenario language: text to checked ``Program``, and drawing values from it."""
