"""Small worlds: the value of every action in every state."""
