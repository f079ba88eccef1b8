"""Whether a review is good or bad, and which words say so."""
