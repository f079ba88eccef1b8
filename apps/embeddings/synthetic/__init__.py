"""Synthetic corpus with analogies."""
