"""A small Streamlit script in the place of the page: tells its environment, starts a child."""

import json
import os
import subprocess
from pathlib import Path

import streamlit as st

told = Path(__file__).parent / f"told-{os.environ['PLAYGROUND_SLOT_TOKEN']}.json"
if not told.exists():
    child = subprocess.Popen(["sleep", "600"])
    told.write_text(json.dumps({"child": child.pid, "environment": dict(os.environ)}))
st.write("This page is up.")
