"""What the engine needs from outside, and the one door through which a program comes in."""
