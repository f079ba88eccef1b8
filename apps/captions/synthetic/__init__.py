"""Synthetic scenes of digits with captions."""
