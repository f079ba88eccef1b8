"""Generators of recordings that need no data."""
