"""A form with a chart: how savings grow. Plain Streamlit, as it runs anywhere."""

import pandas as pd
import streamlit as st

st.set_page_config(page_title="Savings Plan", page_icon="📈")
st.title("Savings Plan")
st.write("Say what you put aside, and see what becomes of it.")

with st.form("plan"):
    start = st.number_input("You begin with", min_value=0, value=1_000, step=500, key="start")
    monthly = st.slider("You add every month", 0, 2_000, 200, step=50, key="monthly")
    rate = st.slider("Interest in a year, %", 0.0, 12.0, 4.0, step=0.25, key="rate")
    years = st.slider("Years", 1, 50, 20, key="years")
    st.form_submit_button("Calculate", type="primary", key="calculate")

months = range(years * 12 + 1)
paid = [start + monthly * month for month in months]
worth = [float(start)]
for _ in months[1:]:
    worth.append(worth[-1] * (1 + rate / 1200) + monthly)

left, right = st.columns(2)
left.metric("Paid in", f"{paid[-1]:,.0f}")
right.metric("Worth", f"{worth[-1]:,.0f}", delta=f"{worth[-1] - paid[-1]:,.0f}")
curve = pd.DataFrame({"Year": [m / 12 for m in months], "Paid in": paid, "Worth": worth})
st.area_chart(curve, x="Year", y=["Paid in", "Worth"], stack=False)

with st.expander("Year by year"):
    st.dataframe(curve.iloc[::12].round(0), hide_index=True)
