"""What MCP clients read rather than call: resources, prompts, completions of their arguments."""
