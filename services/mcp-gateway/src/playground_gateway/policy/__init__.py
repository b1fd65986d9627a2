"""What MCP clients may call, and how often."""
