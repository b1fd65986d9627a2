"""What each input of a page shows, which values it takes, and how a value is sent to its server."""
