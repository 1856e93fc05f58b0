"""A Slurm cluster on this computer's loopback."""
