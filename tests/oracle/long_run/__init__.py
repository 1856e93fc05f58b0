"""A long run of random histories: in parts, so that it can be interrupted and goes on."""
