"""A scenario as the YAML file that goes into the folder: what is usual is left out."""

from typing import Any

import yaml

from playground.scenarios.model import Scenario

WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Texts of several lines are written as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(scenario: Scenario) -> str:
    """The text of the file; reading it gives the same scenario again."""
    given: dict[str, Any] = scenario.model_dump(mode="json", exclude_defaults=True)
    fields = {name: given[name] for name in type(scenario).model_fields if name in given}
    return yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
