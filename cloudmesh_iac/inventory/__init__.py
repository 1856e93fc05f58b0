"""Which machines does a pool have, as the files of an administrator say it?"""
