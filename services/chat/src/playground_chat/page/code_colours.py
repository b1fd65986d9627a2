"""The colours of code in replies: Streamlit's own have too little contrast for small text."""

KINDS = {
    "comment prolog doctype cdata unchanged": ("#5f5e5b", "#b3b1ad"),
    "attr-name property variable": ("#075985", "#7dd3fc"),
    "boolean constant symbol string char attr-value inserted": ("#166534", "#86efac"),
    "number regex": ("#115e59", "#5eead4"),
    "operator entity decorator atrule": ("#9a3412", "#fdba74"),
    "url": ("#6b21a8", "#d8b4fe"),
    "keyword tag function class-name selector builtin": ("#1d4ed8", "#93c5fd"),
    "important deleted": ("#b91c1c", "#fca5a5"),
}


def _rule(kinds: str, light: str, dark: str) -> str:
    tokens = ", ".join(f".token.{kind}" for kind in kinds.split())
    # More exact than Streamlit's own rules, which name a class of the block besides.
    return f".stApp .stCode :is({tokens}) {{ color: light-dark({light}, {dark}); }}"


CODE_STYLE = "\n".join(_rule(kinds, *colours) for kinds, colours in KINDS.items())
