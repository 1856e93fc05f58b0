"""OpenStack: a real provider plugin for it."""
