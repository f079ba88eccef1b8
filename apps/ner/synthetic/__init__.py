"""Sentences with names in them, made from templates."""
