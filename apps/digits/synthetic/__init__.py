"""Synthetic digits and canvases, so that all commands run without external data."""
