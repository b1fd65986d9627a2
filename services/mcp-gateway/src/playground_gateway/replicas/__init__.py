"""Several gateways, one page: which of them has it, and how the others reach it there."""
