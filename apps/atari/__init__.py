"""Games of the Atari 2600, learned from their pixels."""
