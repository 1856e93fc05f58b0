"""A provider plugin whose behaviour is a script: for tests only, and over the real protocol."""
