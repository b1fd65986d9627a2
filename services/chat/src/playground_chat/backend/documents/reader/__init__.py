"""The process that reads one document: whatever the file does to it, nothing else is touched.

It gets the bytes on its standard input and knows no setting, no key and no store. To add a kind of
document: tell it apart in kinds.py, and write a function that yields its sections.
"""
