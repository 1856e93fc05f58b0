"""What runs beside Cobbler, in an environment of its own: its web front and the controllers."""
