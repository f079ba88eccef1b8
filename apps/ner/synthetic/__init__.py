"""Synthetic sentences with names, from templates."""
