"""One of every widget and element that all supported releases of Streamlit have."""

import datetime as dt
import time

import pandas as pd
import streamlit as st

# Their names before Streamlit 1.37.
dialog = vars(st).get("dialog") or vars(st)["experimental_dialog"]
fragment = vars(st).get("fragment") or vars(st)["experimental_fragment"]

st.set_page_config(page_title="The zoo")
st.title("Zoo")
st.caption("a caption")
st.code("x = 1", language="python")
st.json({"a": 1})
st.latex("x^2")
st.metric("Speed", "12 km/h", "3 km/h")
st.progress(40, text="Working")
st.info("an info")
st.warning("a warning")

told = {
    "text": st.text_input("Name", "Ada", key="name", max_chars=20),
    "area": st.text_area("Story", key="story"),
    "number": st.number_input("Age", 0, 120, 30, key="age"),
    "float": st.number_input("Weight", 0.5, 9.5, 1.5, key="weight"),
    "none": st.number_input("Maybe", value=None, key="maybe"),
    "slider": st.slider("Volume", 0, 10, 3, key="volume"),
    "range": st.slider("Range", 0.0, 1.0, (0.25, 0.75), key="range"),
    "moment": st.slider(
        "Moment", dt.date(2026, 1, 1), dt.date(2026, 12, 31), dt.date(2026, 6, 1), key="moment"
    ),
    "select_slider": st.select_slider("Size", ["S", "M", "L"], "M", key="size"),
    "check": st.checkbox("Agree", key="agree"),
    "toggle": st.toggle("Lamp", True, key="lamp"),
    "select": st.selectbox("Pet", ["cat", "dog", "owl"], key="pet"),
    "empty_select": st.selectbox("Car", ["red", "blue"], index=None, key="car"),
    "radio": st.radio("Way", ["left", "right"], key="way"),
    "many": st.multiselect("Fruit", ["fig", "kiwi", "plum"], ["kiwi"], key="fruit"),
    "color": st.color_picker("Color", "#112233", key="color"),
    "date": str(
        st.date_input("Day", dt.date(2026, 1, 5), min_value=dt.date(2026, 1, 1), key="day")
    ),
    "dates": str(
        st.date_input(
            "Days",
            (dt.date(2026, 1, 5), dt.date(2026, 1, 7)),
            min_value=dt.date(2026, 1, 1),
            max_value=dt.date(2026, 12, 31),
            key="days",
        )
    ),
    "time": str(st.time_input("Clock", dt.time(8, 30), key="clock")),
}
st.text_input("Locked", "shut", key="locked", disabled=True)
if hasattr(st, "pills"):
    told["pills"] = st.pills("Tags", ["new", "old"], selection_mode="multi", key="tags")
    told["segment"] = st.segmented_control("Mode", ["fast", "slow"], default="fast", key="mode")
if hasattr(st, "feedback"):
    told["stars"] = st.feedback("stars", key="stars")
if hasattr(st, "datetime_input"):
    told["at"] = str(st.datetime_input("At", dt.datetime(2026, 1, 5, 8), key="at"))  # noqa: DTZ001
st.text("told: " + repr(sorted((k, str(v)) for k, v in told.items())))

table = pd.DataFrame({"n": range(12), "word": [f"w{n}" for n in range(12)]})
chosen = st.dataframe(table, key="table", on_select="rerun", selection_mode="multi-row")
st.text(f"chosen: {chosen.selection.rows}")
edited = st.data_editor(table.head(3), key="editor", num_rows="dynamic")
st.text(f"edited: {edited.to_dict('list')}")
st.table(table.head(2))
st.line_chart(table, y="n")
st.image("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E", caption="nothing")
st.download_button("Get it", "a,b\n1,2\n", "data.csv", key="get")

with st.form("order", clear_on_submit=True):
    item = st.text_input("Item", key="item")
    count = st.number_input("Count", 1, 9, key="count")
    ordered = st.form_submit_button("Order")
if ordered:
    st.success(f"ordered {count} of {item!r}")

files = st.file_uploader("Files", ["csv", "txt"], accept_multiple_files=True, key="files")
st.text("files: " + repr([(f.name, f.getvalue()[:20]) for f in files]))

if st.button("Raise", key="raise"):
    raise ValueError("on purpose")
if st.button("Toast", key="toast"):
    st.toast("cheers")
st.button("Loud", key="loud", on_click=lambda: st.session_state.update(volume=9, pet="owl"))
if st.button("Long", key="long"):
    for step in range(200):
        st.text(f"step {step}")
        time.sleep(0.05)


@dialog("Really?")
def ask() -> None:
    why = st.text_input("Why", key="why")
    if st.button("Yes", key="yes"):
        st.session_state.said = f"because {why}"
        st.rerun()


if st.button("Ask", key="ask"):
    ask()
st.text(f"said: {st.session_state.get('said')}")

st.session_state.runs = st.session_state.get("runs", 0) + 1


@fragment
def alone() -> None:
    st.session_state.alone = st.session_state.get("alone", 0) + 1
    st.button("Alone", key="alone_button")
    st.text(f"alone {st.session_state.alone}, all {st.session_state.runs}")


@fragment(run_every=0.2)
def clock() -> None:
    st.session_state.ticks = st.session_state.get("ticks", 0) + 1
    st.text(f"ticks: {st.session_state.ticks}")


alone()
if st.checkbox("Ticking", key="ticking"):
    clock()
with st.sidebar:
    st.checkbox("Aside", key="aside")
left, right = st.columns(2)
left.button("Twin", key="twin_left")
right.button("Twin", key="twin_right")
with st.tabs(["One", "Two"])[1]:
    st.text("in the second tab")
with st.expander("More"):
    st.text("more of it")
with st.popover("Pop"):
    st.text("popped")

said = st.chat_input("Say something", key="say")
if said:
    with st.chat_message("assistant"):
        st.write_stream(f"{word} " for word in f"you said {said}".split())
