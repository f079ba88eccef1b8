"""A synthetic corpus, and analogies about it."""
