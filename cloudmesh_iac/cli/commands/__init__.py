"""One module per command: parse, ask the runtime, hand the answer to a view."""
