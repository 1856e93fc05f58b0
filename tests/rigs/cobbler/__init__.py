"""A Cobbler with machines to install: what tests of bare metal stand on."""
