"""Pages as containers of a Docker engine.

`launcher` decides; `engine` asks the Docker SDK and knows nothing of pages; `containers` says what
a page's container is made of, `networks` where it sits, `conditions` why it ended, `refusals` what
the engine's words mean for a person, `reservations` which worker tries which port, and `departure`
whether the whole stack is going down.
"""
