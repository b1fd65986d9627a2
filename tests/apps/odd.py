"""What strangers' apps show beside the usual: components, frames, charts, links that lead away."""

import json

import altair as alt
import pandas as pd
import pydeck as pdk
import streamlit as st
import streamlit.components.v1 as components

table = pd.DataFrame({"city": ["Oslo", "Rome"], "rain": [3, 5]})
st.altair_chart(alt.Chart(table, title="Rain").mark_bar().encode(x="city", y="rain"))
st.vega_lite_chart(table, {"mark": "line", "encoding": {"x": {"field": "rain"}}})

menu = components.declare_component("menu", url="http://127.0.0.1:9/menu")
st.write("chosen:", json.dumps(menu(options=["Home", "Away"], key="menu", default="Home")))
components.html("<style>p {}</style><p>Inside <b>a frame</b></p><script>let a = 1</script>")
st.page_link("https://example.org/away", label="Away")
st.image("https://example.org/far.png")

st.status("Loading").write("one file")
st.status("Loaded", state="complete").write("all files")

heard = st.audio_input("Say it", key="heard")
st.write("heard:", heard.name if heard else "nothing")
st.selectbox("Nothing to choose", [], key="none")

near = alt.Chart(table).mark_point().encode(x="rain").add_params(alt.selection_point("near"))
on_chart = st.altair_chart(near, key="dots", on_select="rerun")
st.write("on the chart:", json.dumps(on_chart.selection["near"]))
layer = pdk.Layer("ScatterplotLayer", table, id="cities", pickable=True)
on_map = st.pydeck_chart(pdk.Deck(layer), key="map", on_select="rerun")
st.write("on the map:", json.dumps(on_map.selection["objects"]))
