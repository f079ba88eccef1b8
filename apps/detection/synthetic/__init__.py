"""Synthetic scenes, so that all commands run without any data."""
