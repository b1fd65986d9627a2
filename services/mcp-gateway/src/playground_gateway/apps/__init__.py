"""Sessions' pages for tools: found, opened by the bridge, kept open between calls, told as data."""
