"""The API's REST routes, one noun a file (contract §4 and §5)."""
