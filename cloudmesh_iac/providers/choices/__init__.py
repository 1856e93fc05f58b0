"""What is decided once, when a thing is first declared, and stays?"""
