"""Dates as people write them, to YYYY-MM-DD."""
