"""Dates as people write them, generated."""
