"""Pulumi's own engine, built from source for the tests that compare ours with it."""
