"""How does a Cobbler install machines?"""
