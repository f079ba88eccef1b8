"""Digits written by hand: which one a picture shows, and where they stand on a canvas."""
