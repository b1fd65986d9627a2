"""The embedded stack: real parts, each a child process, started in order and ended in reverse."""
