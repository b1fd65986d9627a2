import pytest
from streamlit import error_util
from streamlit.testing.v1 import AppTest

from playground_chat.page.mishaps import WORDS

pytestmark = pytest.mark.needs("streamlit")


def page() -> None:
    import streamlit as st

    from playground_chat.page.mishaps import replace_the_red_box

    def fails() -> None:
        raise RuntimeError("our insides")

    replace_the_red_box()
    st.button("Click", on_click=fails)


def test_what_a_click_stumbles_over_is_told_in_words_and_in_no_red_box(
    monkeypatch: pytest.MonkeyPatch,
):
    own = error_util.show_uncaught_app_exception
    monkeypatch.setattr(error_util, "show_uncaught_app_exception", own)  # put back at the end
    app = AppTest.from_function(page).run()
    app.button[0].click().run()
    assert [said.value for said in app.warning] == [WORDS]
    assert len(app.exception) == 0
    assert len(app.error) == 0
