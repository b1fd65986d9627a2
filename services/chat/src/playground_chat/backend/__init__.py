"""The chat backend: only it knows models and keys."""
