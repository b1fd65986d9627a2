"""Every Redis key, built here and nowhere else.

Each begins with its tenant. What each holds and how it ends stands in `key_catalogue.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """The keys of one tenant."""

    tenant: str

    def session(self, session_id: str) -> str:
        return f"{self.tenant}:session:{session_id}"

    def sessions(self) -> str:
        return f"{self.tenant}:sessions"

    def live_sessions(self) -> str:
        return f"{self.tenant}:sessions:live"

    def session_changes(self) -> str:
        return f"{self.tenant}:sessions:changes"

    def queued_sessions(self) -> str:
        return f"{self.tenant}:sessions:queued"

    def placed_sessions(self, owner: str | None = None) -> str:
        """Those that have a page or are being given one: all of them, or one owner's."""
        return f"{self.tenant}:sessions:placed" + (f":{owner}" if owner else "")

    def cold_launches(self) -> str:
        return f"{self.tenant}:sessions:cold-launch-ms"

    def page_log(self, session_id: str) -> str:
        return f"{self.tenant}:session:{session_id}:page-log"

    def idempotency(self, principal: str, key: str) -> str:
        return f"{self.tenant}:idempotency:{principal}:{key}"

    def page_memory(self) -> str:
        return f"{self.tenant}:sessions:page-memory"

    def pending_stop(self, token: str) -> str:
        return f"{self.tenant}:sessions:pending-stop:{token}"

    def slot(self, slot_id: str) -> str:
        return f"{self.tenant}:slot:{slot_id}"

    def page_owner(self, session_id: str) -> str:
        return f"{self.tenant}:page-owner:{session_id}"

    def client_owner(self, mcp_session_id: str) -> str:
        return f"{self.tenant}:mcp-client-owner:{mcp_session_id}"

    def waiting_pages(self) -> str:
        return f"{self.tenant}:pool:waiting"

    def pages_in_making(self) -> str:
        return f"{self.tenant}:pool:making"

    def last_claim(self) -> str:
        return f"{self.tenant}:pool:last-claim"

    def pool_rate(self) -> str:
        return f"{self.tenant}:pool:rate"

    def edge(self, *path: str) -> str:
        """A key of the edge's dynamic configuration, as Traefik's Redis provider reads it."""
        return "/".join((f"{self.tenant}:edge", *path))

    def launch_lease(self, session_id: str) -> str:
        return f"{self.tenant}:launch-lease:{session_id}"

    def workers(self) -> str:
        return f"{self.tenant}:workers"

    def janitor_lease(self) -> str:
        return f"{self.tenant}:janitor-lease"

    def conversation(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}"

    def conversation_log(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}:log"

    def conversation_messages(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}:messages"

    def turn_lease(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}:turn-lease"

    def conversation_summary(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}:summary"

    def summary_lease(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}:summary-lease"

    def running_turns(self) -> str:
        return f"{self.tenant}:turns:running"

    def conversation_documents(self, conversation_id: str) -> str:
        return f"{self.tenant}:conversation:{conversation_id}:documents"

    def owner_documents(self, owner: str) -> str:
        return f"{self.tenant}:documents-of:{owner}"

    def document(self, document_id: str) -> str:
        return f"{self.tenant}:document:{document_id}"

    def document_chunks(self, document_id: str) -> str:
        return f"{self.tenant}:document:{document_id}:chunks"

    def document_readers(self, document_id: str) -> str:
        return f"{self.tenant}:document:{document_id}:conversations"

    def document_lease(self, document_id: str) -> str:
        return f"{self.tenant}:document:{document_id}:lease"

    def documents_in_work(self) -> str:
        return f"{self.tenant}:documents-in-work"

    def document_vectors(self, document_id: str, space: str) -> str:
        """The embedded store's vectors of one document."""
        return f"{self.tenant}:document:{document_id}:vectors:{space}"

    def indexed_chunks(self, space: str) -> str:
        """What begins every key of the search module's store; see `indexed_chunk`."""
        return f"{self.tenant}:indexed:{space}"

    def kept_answers(self, space: str, scenario: str) -> str:
        """What begins every key of a scenario's kept answers; see `Keys.kept_answer`."""
        return f"{self.tenant}:answers:{space}:{scenario}"

    def kept_answer(self, space: str, scenario: str, question: str) -> str:
        """One answer; redisvl names it by the hash of its *question*."""
        return f"{self.kept_answers(space, scenario)}:{question}"

    def own_scenarios(self) -> str:
        return f"{self.tenant}:own-scenarios"

    def own_scenario_versions(self, name: str) -> str:
        return f"{self.tenant}:own-scenario:{name}:versions"

    def comparison(self, run_id: str) -> str:
        return f"{self.tenant}:comparison:{run_id}"

    def comparisons(self) -> str:
        return f"{self.tenant}:comparisons"

    def mcp_launches(self, client: str) -> str:
        """The launches of the MCP client whose name has that hash."""
        return f"{self.tenant}:mcp:launches:{client}"

    def mcp_changes(self) -> str:
        return f"{self.tenant}:mcp:changes"

    def indexed_chunk(self, space: str, document_id: str, number: int) -> str:
        return f"{self.indexed_chunks(space)}:{document_id}:{number}"
