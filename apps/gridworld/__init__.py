"""Small worlds, learnt by heart: the value of every action in every state."""
