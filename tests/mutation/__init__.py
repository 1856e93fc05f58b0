"""Are the tests awake? Change the engine in one place at a time, and see whether a test notices."""
