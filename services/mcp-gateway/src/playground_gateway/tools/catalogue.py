"""Every tool of the gateway, in the order in which clients are shown them."""

from fastmcp.tools import Tool

from playground_gateway.doors import Doors
from playground_gateway.files import FilesFolder
from playground_gateway.policy.rules import Rules
from playground_gateway.settings import GatewaySettings
from playground_gateway.tools.comparison import comparison_tools
from playground_gateway.tools.conversation import conversation_tools
from playground_gateway.tools.documents import document_tools
from playground_gateway.tools.files import files_tools
from playground_gateway.tools.forecasts import forecast_tools
from playground_gateway.tools.scenarios import scenario_tools
from playground_gateway.tools.sessions import session_tools
from playground_gateway.turns import Turns


def all_tools(settings: GatewaySettings, doors: Doors, turns: Turns, rules: Rules) -> list[Tool]:
    """What `/mcp` offers."""
    return [
        *scenario_tools(doors, rules),
        *session_tools(doors, rules),
        *conversation_tools(doors, turns),
        *comparison_tools(doors, turns, max_targets=settings.mcp_compare_targets),
        *document_tools(doors, rules),
        *files_tools(FilesFolder(settings.files_folder)),
        *forecast_tools(doors),
    ]
