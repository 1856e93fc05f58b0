"""OpenStack: real services on loopback, and a real provider plugin for them."""
