"""The environment variables by which one of our processes tells another."""

PROJECT_DIR_VARIABLE = "CMX_PROJECT_DIR"
