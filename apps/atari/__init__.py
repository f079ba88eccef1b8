"""Games of the Atari 2600, learnt from their pixels."""
