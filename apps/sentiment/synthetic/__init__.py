"""Reviews made from templates."""
