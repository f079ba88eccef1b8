"""Objects in images: what they are, and the boxes around them."""
