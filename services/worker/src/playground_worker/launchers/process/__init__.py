"""Pages as processes of this machine.

`fork_server` is a program of its own that has Streamlit imported and forks a page per request;
`launcher` asks it through `fork_client`, and falls back to `streamlit_run` where fork is not to
be had.
"""
