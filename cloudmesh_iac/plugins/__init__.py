"""How is a Pulumi provider plugin found, fetched, started and called?"""
