"""How does a Slurm cluster run jobs?"""
