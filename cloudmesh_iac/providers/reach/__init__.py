"""Can a machine be logged in to yet?"""
