"""OpenStack: what its provider plugin cannot do is done here."""
