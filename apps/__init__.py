"""Applications: one folder each, all with the same few files and the same steps."""
