"""Every kind of Redis key: what it holds, and how it ends.

Each has a time to live, or a reason here not to have one; docs/redis-keys.md is held to this file
by a test, and the tests' leak check reads it too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyKind:
    """One kind of key: its pattern, its Redis type, what it holds, and how it ends."""

    pattern: str
    type: str
    holds: str
    ends: str
    may_stay: bool = False
    """True where the key may live without a time to live; `ends` then says why."""


CATALOGUE = (
    KeyKind(
        "{tenant}:session:{id}",
        "hash",
        "the session's record (`data`, JSON), its revision (`rev`) and the id of its last `write`",
        "none while the session lives; PLAYGROUND_RETENTION_DAYS after it has ended",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:sessions",
        "sorted set",
        "ids of all sessions by time of creation",
        "stays: the index; ids are dropped with their records",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:sessions:live",
        "set",
        "ids of the sessions that have not ended",
        "stays: empty, and so gone, when no session lives",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:sessions:changes",
        "stream",
        "every change of every session, read by GET /v1/events",
        "7 days after the last change; cut to about 10,000 entries",
    ),
    KeyKind(
        "{tenant}:sessions:queued",
        "sorted set",
        "ids of the sessions that wait for a page, by the time since when they do",
        "stays: empty, and so gone, when no session waits",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:sessions:placed",
        "set",
        "ids of the sessions that have a page or are being given one; limited",
        "stays: empty, and so gone, when no session has a page",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:sessions:placed:{owner}",
        "set",
        "the same for one owner",
        "stays: empty, and so gone, when none of theirs has a page",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:sessions:cold-launch-ms",
        "list",
        "how long the last 20 cold launches took, from which the time to wait is estimated",
        "1 day after the last one",
    ),
    KeyKind(
        "{tenant}:sessions:page-memory",
        "hash",
        "bytes that each session's page holds, as the worker last saw it",
        "15 s after the worker last looked",
    ),
    KeyKind(
        "{tenant}:sessions:pending-stop:{token}",
        "string",
        "ids of sessions that are about to be stopped together, unless that is taken back",
        "with the stop, 5 s later; 60 s at most",
    ),
    KeyKind(
        "{tenant}:session:{id}:page-log",
        "string",
        "the end of the log of a page that is gone",
        "1 day",
    ),
    KeyKind(
        "{tenant}:idempotency:{principal}:{key}",
        "string",
        "the session that a POST with this Idempotency-Key made",
        "24 hours",
    ),
    KeyKind(
        "{tenant}:slot:{slot}",
        "hash",
        "a page: hash of its token, the session bound to it or kept for it, its handle",
        "none while the page lives; deleted when it is stopped",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:page-owner:{id}",
        "string",
        "which replica of the MCP gateway has the session's page open, and where it is reached",
        "10 s after it was renewed last",
    ),
    KeyKind(
        "{tenant}:mcp-client-owner:{id}",
        "string",
        "which replica of the MCP gateway serves a client of 2025-11-25, and where it is reached",
        "10 s after it was renewed last",
    ),
    KeyKind(
        "{tenant}:pool:waiting",
        "sorted set",
        "slots of the pages that wait for a session, by the time since when they do",
        "stays: empty, and so gone, when no page waits",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:pool:making",
        "sorted set",
        "slots of the pages that are being made to wait, by when whoever makes them counts as dead",
        "30 s after the last one was begun",
    ),
    KeyKind(
        "{tenant}:pool:last-claim",
        "string",
        "when a waiting page was last given away, in Unix milliseconds",
        "60 s",
    ),
    KeyKind(
        "{tenant}:pool:rate",
        "string",
        "how many pages were begun for the pool in this second",
        "1 s",
    ),
    KeyKind(
        "{tenant}:edge/*",
        "string",
        "the edge's routes to pages, one small tree for each slot, read by Traefik",
        "none while the page lives; deleted with its slot",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:launch-lease:{session}",
        "string",
        "the worker that is launching this session",
        "3 s, renewed while it works",
    ),
    KeyKind(
        "{tenant}:workers",
        "sorted set",
        "ids of workers by their last heartbeat",
        "60 s after the last heartbeat of any",
    ),
    KeyKind(
        "{tenant}:janitor-lease",
        "string",
        "the worker whose janitor acts",
        "4 s, renewed while it acts",
    ),
    KeyKind(
        "{tenant}:conversation:{id}",
        "hash",
        "a conversation's state: running turn, number of turns, wish to cancel",
        "PLAYGROUND_RETENTION_DAYS after the last turn",
    ),
    KeyKind(
        "{tenant}:conversation:{id}:log",
        "stream",
        "everything that happened in a conversation, token by token",
        "PLAYGROUND_RETENTION_DAYS after the last turn",
    ),
    KeyKind(
        "{tenant}:conversation:{id}:messages",
        "list",
        "the whole messages of a conversation, as JSON",
        "PLAYGROUND_RETENTION_DAYS after the last turn",
    ),
    KeyKind(
        "{tenant}:conversation:{id}:summary",
        "string",
        "the older turns in fewer words, and the last turn that they cover, as JSON",
        "PLAYGROUND_RETENTION_DAYS after it was made",
    ),
    KeyKind(
        "{tenant}:conversation:{id}:summary-lease",
        "string",
        "held by the process that makes the summary",
        "3 min, or until it is made",
    ),
    KeyKind(
        "{tenant}:conversation:{id}:turn-lease",
        "string",
        "the turn that is running, held by the process that runs it",
        "5 s, renewed while it runs",
    ),
    KeyKind(
        "{tenant}:turns:running",
        "sorted set",
        "conversations with a running turn, by its start",
        "stays: empty, and so gone, when no turn runs",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:conversation:{id}:documents",
        "sorted set",
        "ids of the documents that a conversation reads, by the time since when it does",
        "PLAYGROUND_RETENTION_DAYS after the last turn or upload",
    ),
    KeyKind(
        "{tenant}:documents-of:{owner}",
        "sorted set",
        "ids of one owner's documents, by the time of their upload",
        "PLAYGROUND_RETENTION_DAYS after the last turn or upload that touched one",
    ),
    KeyKind(
        "{tenant}:document:{id}",
        "hash",
        "a document's record (`data`, JSON): its name, its size, how far its reading has come",
        "PLAYGROUND_RETENTION_DAYS after the last turn of a conversation that reads it",
    ),
    KeyKind(
        "{tenant}:document:{id}:chunks",
        "list",
        "the document's text in chunks, each with its place, as JSON",
        "with the document",
    ),
    KeyKind(
        "{tenant}:document:{id}:conversations",
        "set",
        "the conversations that read the document; it goes with the last of them",
        "with the document",
    ),
    KeyKind(
        "{tenant}:document:{id}:lease",
        "string",
        "the process that reads or embeds the document",
        "10 s, renewed while it works",
    ),
    KeyKind(
        "{tenant}:documents-in-work",
        "set",
        "ids of the documents that are being read or embedded",
        "stays: empty, and so gone, when none is",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:document:{id}:vectors:{space}",
        "hash",
        "the embedded store's chunks of a document: each its vector, its text and its place",
        "with the document",
    ),
    KeyKind(
        "{tenant}:indexed:*",
        "hash",
        "a chunk in the index of Redis' search module, where the server has it",
        "with the document",
    ),
    KeyKind(
        "{tenant}:answers:*",
        "hash",
        "an answer that is given again to questions that mean the same, and its question's vector",
        "`answer_cache.keep_s` of the scenario",
    ),
    KeyKind(
        "{tenant}:own-scenarios",
        "hash",
        "scenarios that were made in the editor or by REST, by name: the newest version, as JSON",
        "stays: until its scenarios are deleted",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:own-scenario:{name}:versions",
        "list",
        "the newest 50 versions of one of them, as JSON, the newest first",
        "stays: with its scenario, deleted with it",
        may_stay=True,
    ),
    KeyKind(
        "{tenant}:comparison:{id}",
        "hash",
        "one question to several scenarios or models (`data`, JSON), its `answers` and its `vote`",
        "PLAYGROUND_RETENTION_DAYS after it was asked; 1 hour where a draft was tried",
    ),
    KeyKind(
        "{tenant}:comparisons",
        "sorted set",
        "ids of the newest 200 comparisons by the time of their question",
        "PLAYGROUND_RETENTION_DAYS after the last question",
    ),
    KeyKind(
        "{tenant}:mcp:launches:{client}",
        "sorted set",
        "what one MCP client has launched, by when: ids of sessions, and launches without one yet",
        "7 days after its last launch",
    ),
    KeyKind(
        "{tenant}:mcp:changes",
        "stream",
        "addresses of resources whose change one replica of the MCP gateway alone has seen",
        "10 min after the last one; cut to about 1,000 entries",
    ),
    KeyKind(
        "rq:*",
        "various",
        "RQ's own: queues, jobs, workers",
        "RQ's: jobs 1 hour; the names of queues stay",
        may_stay=True,
    ),
)
