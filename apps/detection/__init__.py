"""Objects in pictures: what they are, and the boxes around them."""
