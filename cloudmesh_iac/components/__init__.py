"""What does a person write?"""
