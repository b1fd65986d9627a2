"""MCP servers' tools for answers: connections that are kept, and what a turn is offered."""
