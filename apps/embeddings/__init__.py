"""A vector for each word of a text, from the words around it."""
