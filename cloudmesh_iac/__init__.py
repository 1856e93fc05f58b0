"""cmx: research experiments as Python programs that are planned, applied and taken away again."""
