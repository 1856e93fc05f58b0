"""How does a site behave that exists in memory only?"""
