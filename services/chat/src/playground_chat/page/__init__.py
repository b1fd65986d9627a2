"""The Streamlit page of a session: a thin client of the chat backend."""
