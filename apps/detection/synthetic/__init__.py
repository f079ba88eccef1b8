"""Synthetic scenes, so that all commands run without external data."""
