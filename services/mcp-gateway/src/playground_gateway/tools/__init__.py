"""The tools of contract §8, one subject a file; `catalogue` lists them all.

To add a tool: an async function whose docstring tells a model when to use it, made by `making.tool`
in the file of its subject, returned by that file's `..._tools` function.
"""
