"""Where pull requests live: one module for each kind of place."""
