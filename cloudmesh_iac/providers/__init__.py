"""How does each kind of site do it? One folder and one entry-point line per kind."""
