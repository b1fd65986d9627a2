"""Where pages run: one room per kind of place, one protocol that the lifecycle owns."""
