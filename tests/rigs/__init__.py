"""Real servers for the tests, started and stopped by the tests themselves."""
