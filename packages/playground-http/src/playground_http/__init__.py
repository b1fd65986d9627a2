"""The manners that every HTTP door shares: problems, request ids, guards, SSE, health, metrics.

To add a service: build its `composition.Part`, hand it to `compose`, and the app to
`serving.serve`. Nothing here knows what a session is.
"""
