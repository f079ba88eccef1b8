"""Synthetic written dates."""
