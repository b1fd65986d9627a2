"""The engine: turns of a conversation, from a question to the log. It knows no door.

`turns` begins them and keeps the running ones; `turn` is one of them; `answer` asks the model
through LangChain; `writer` puts what it says into the log; `sweeper` closes what a dead process
left.
"""
