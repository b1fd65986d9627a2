"""A headless client of any running Streamlit app: it reads its screen and acts in it, unchanged."""
