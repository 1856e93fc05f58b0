"""How is a Pulumi dynamic provider class called?"""
