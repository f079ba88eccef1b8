"""Takes the gender bias out of word vectors, and says what is left of it."""
