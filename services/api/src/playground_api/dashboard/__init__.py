"""The dashboard: pages rendered here, kept live by htmx, whole without any script.

To add a page: a template that extends `layout.html`, with what it needs besides in its block
`head`, a method of `Pages`, a route, and a line in `navigation.py`.
"""
