"""The conversation: `backend` is the engine and its doors, `page` shows a session to a person."""
