"""The MCP door: sessions, conversations and Streamlit apps as tools, resources and prompts."""
