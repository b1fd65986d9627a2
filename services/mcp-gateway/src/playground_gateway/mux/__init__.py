"""One script session for everybody: tabs and tools on the same page of a `kind: app` session.

`SharedPage` holds the one connection to the page's server; a `Party` is who is attached to it. To
attach another kind of party: a queue that takes what `Party.tell` is given, and its messages
handed to `SharedPage.take`.
"""
