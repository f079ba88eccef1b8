"""Synthetic reviews from templates."""
