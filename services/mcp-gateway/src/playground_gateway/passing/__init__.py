"""A scenario's own MCP server, passed through as bytes."""
