"""The control plane and the dashboard: says what is wanted."""
