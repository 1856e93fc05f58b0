"""How does this computer run jobs?"""
