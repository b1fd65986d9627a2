"""What one party has set, shown to the others: a widget's element, sent with that value in it.

A browser takes the value of an element over its own where the element says `set_value`.
"""

from collections.abc import Iterable

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import has_field

_FIELDS = {
    "bool_value": ("value",),
    "double_value": ("value",),
    "int_value": ("value",),
    "string_value": ("raw_value", "value"),
    "double_array_value": ("value",),
    "int_array_value": ("value",),
    "string_array_value": ("raw_values", "raw_value", "value"),
}
"""By a WidgetState's kind of value: where an element may take it, in this order."""


def can_show(body: Proto) -> bool:
    """Whether a widget of that kind takes a value from its element."""
    return has_field(body, "set_value")


def showing(message: Proto, held: Proto) -> Proto | None:
    """A copy of an element's ForwardMsg that gives its widget the value *held*.

    None where that kind of widget or of value cannot be shown.
    """
    shown: Proto = type(message)()
    shown.CopyFrom(message)
    element = shown.delta.new_element
    body = getattr(element, element.WhichOneof("type"))
    if not can_show(body) or not _give(body, held):
        return None
    body.set_value = True
    # It is not the message any more that the server knows by this hash.
    shown.hash = ""
    shown.metadata.cacheable = False
    return shown


def _give(body: Proto, held: Proto) -> bool:
    kind = held.WhichOneof("value")
    for name in ("raw_value", "raw_values", "value"):
        if has_field(body, name):
            body.ClearField(name)
    if kind is None:
        return True
    value = getattr(held, kind)
    values = value.data if kind.endswith("array_value") else None
    for name in _FIELDS.get(kind, ()):
        if has_field(body, name) and _put(body, name, value, values):
            return True
    return False


def _put(body: Proto, name: str, value: object, values: Iterable[object] | None) -> bool:
    is_list = body.DESCRIPTOR.fields_by_name[name].is_repeated
    if is_list != (values is not None):
        return False
    try:
        if values is not None:
            getattr(body, name).extend(values)
        else:
            setattr(body, name, value)
    except (TypeError, ValueError):  # that field is for another kind of value in this release
        return False
    return True
