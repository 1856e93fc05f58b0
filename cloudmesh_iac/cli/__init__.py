"""How is it asked on a command line?"""
