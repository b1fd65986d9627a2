"""The conversation: `backend` is the engine and its doors, `page` the Streamlit page of a session."""
