"""Documents that people give to their conversations: what they are, and the shelf they stand on."""
