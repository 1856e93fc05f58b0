"""How does a plan, a run or a result look?"""
