"""The dashboard: pages rendered here, kept live by htmx, whole without any script.

To add a page: a template that extends `layout.html`, a method of `Pages`, a route.
"""
