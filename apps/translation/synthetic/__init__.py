"""Synthetic sentence pairs."""
