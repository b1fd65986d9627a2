"""What MCP clients are told of without asking: lists and resources that have changed."""
