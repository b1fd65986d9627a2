"""A chat whose answers are streamed, slowly enough to be heard in pieces."""

import time

import streamlit as st

said = st.session_state.setdefault("said", [])
for who, text in said:
    st.chat_message(who).write(text)
if question := st.chat_input("Ask"):
    said.append(("user", question))
    st.chat_message("user").write(question)

    def words():
        for count in range(12):
            yield f"word{count} "
            time.sleep(0.03)

    with st.chat_message("assistant"):
        said.append(("assistant", st.write_stream(words)))
