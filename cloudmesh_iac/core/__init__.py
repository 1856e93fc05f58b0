"""What are the things? Frozen values, standard library only."""
