"""The manners that every HTTP door shares: problems, request ids, guards, SSE, health, metrics, serving.

To add a service: build a FastAPI app, call `doorway.open_door(app, ...)`, include routers, hand it to
`serving.serve`. Nothing here knows what a session is.
"""
