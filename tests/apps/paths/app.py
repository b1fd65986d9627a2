"""An app that leans on its own folder: a neighbour, a file, a second page, its configuration."""

import json
import os

import neighbour
import streamlit as st

told = {
    "main": __name__,
    "file": open("words.txt").read().strip(),  # noqa: PTH123, SIM115
    "neighbour": neighbour.WORD,
    "theme": st.get_option("theme.primaryColor"),
    "secrets": sorted(n for n in os.environ if n.startswith(("PLAYGROUND_", "OPENAI", "REDIS"))),
}
st.title("Paths")
st.code(json.dumps(told), language="json")
