"""Makes it so: launches pages, watches them, ends them."""
