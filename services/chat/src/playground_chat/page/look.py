"""How a page looks: one restrained design, with an accent of its own for each scenario."""

import streamlit as st
from streamlit import config
from streamlit.string_util import is_emoji

from playground_chat.page.code_colours import CODE_STYLE

# For light and for dark ground, each with enough contrast for text on it.
ACCENTS = {
    "teal": ("#0f766e", "#5eead4"),
    "amber": ("#b45309", "#fbbf24"),
    "indigo": ("#4338ca", "#a5b4fc"),
    "rose": ("#be185d", "#f9a8d4"),
    "green": ("#15803d", "#86efac"),
    "violet": ("#7e22ce", "#d8b4fe"),
    "sky": ("#0369a1", "#7dd3fc"),
    "orange": ("#c2410c", "#fdba74"),
}
_WITHOUT_SCENARIO = "indigo"
_SIGN = "💬"

# Shown by the browser alone, when the page's process is gone and can say nothing any more.
_LOST = (
    "This page has lost its session: it has ended, or is being started again. "
    "If nothing happens here, please open it from the dashboard."
)

# In the place of a box by which Streamlit's script in the browser shows its own failures.
_BROKEN = "This part could not be shown. Reloading the page usually helps; nothing is lost."

_STYLE = """
.stApp { --accent: light-dark(%(light)s, %(dark)s);
  --side: 1.25rem; --soft: light-dark(#5f5e5b, #b3b1ad);
  --line: color-mix(in srgb, currentColor 14%%, transparent);
  --tint: color-mix(in srgb, var(--accent) 9%%, transparent); }
[data-testid="stMainBlockContainer"] { max-width: 46rem; padding: 4.25rem var(--side) 1.5rem; }
[data-testid="stBottomBlockContainer"] { max-width: 46rem; padding: .5rem var(--side) 1.25rem; }
[data-testid="stToolbarActions"], [data-testid="stAppDeployButton"], [data-testid="stMainMenu"],
[data-testid="stDecoration"], [data-testid="stStatusWidgetRunningIcon"],
[data-testid="stStatusWidgetRunningManIcon"], .stStatusWidget, .stDialog { display: none; }
[data-stale="true"] { opacity: 1 !important; transition: none !important; }
.stMain:has(.st-key-greeting, .st-key-starters) > [data-testid="stMainBlockContainer"] {
  flex: 999 1 0; min-height: 0; overflow-y: auto; max-width: none;
  padding-inline: max(var(--side), 50%% - 23rem + var(--side)); }
.st-key-masthead { border-bottom: 1px solid var(--line); padding-bottom: 1.1rem; gap: .4rem; }
.st-key-masthead [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
.st-key-masthead h1 { font-size: 1.45rem; font-weight: 650; letter-spacing: -.01em; padding: 0; }
.st-key-greeting { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem 1rem;
  margin-top: .6rem; }
.st-key-greeting p { font-size: 1.08rem; line-height: 1.6; }
.st-key-starters button { border-color: var(--line); background: transparent; text-align: left;
  justify-content: flex-start; padding: .65rem .9rem; border-radius: .7rem; height: 100%%; }
.st-key-starters button > div { justify-content: flex-start; }
.st-key-starters button:hover, .st-key-starters button:focus-visible {
  border-color: var(--accent); background: var(--tint); color: inherit; }
[data-testid="stChatMessage"] { background: transparent; padding: .35rem 0; gap: .8rem; }
[data-testid="stChatMessageContent"] { overflow-wrap: anywhere; min-width: 0; }
[data-testid="stChatMessageAvatarCustom"], [data-testid="stChatMessageAvatarUser"],
[data-testid="stChatMessageAvatarAssistant"] { background: var(--tint); color: var(--accent);
  border: 1px solid var(--line); }
[class*="st-key-said-"] [data-testid="stChatMessage"] { background: var(--tint);
  border-radius: .9rem; padding: .7rem .9rem; }
[class*="st-key-said-"] [data-testid="stText"] { font-family: inherit; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.stApp [data-testid="stCaptionContainer"] { opacity: 1; color: var(--soft); }
[data-testid="stCaptionContainer"] p { font-size: .82rem; line-height: 1.45; }
[data-testid="stWidgetLabel"] p { color: light-dark(#2b2a27, #eceae4); }
[data-testid="stSelectbox"] input { text-overflow: ellipsis; }
[data-testid="stException"] > * { display: none; }
[data-testid="stException"]::after { content: "%(broken)s"; font-size: .9rem; }
.calls, .sources { display: grid; gap: .3rem; font-size: .85rem; margin: .15rem 0 .5rem; }
.calls details, .sources details { border: 1px solid var(--line); border-radius: .55rem; }
.st-key-live-tools { gap: .3rem; }
.st-key-live-tools .calls { margin: 0; }
.calls summary, .sources summary { cursor: pointer; padding: .35rem .7rem; display: flex;
  gap: .7rem; justify-content: space-between; align-items: baseline; list-style: none; }
.calls summary::-webkit-details-marker, .sources summary::-webkit-details-marker { display: none; }
.calls summary::before, .sources summary::before { content: "▸"; color: var(--accent); }
.calls [open] > summary::before, .sources [open] > summary::before { content: "▾"; }
.calls summary:focus-visible, .sources summary:focus-visible { outline: 2px solid var(--accent); }
.calls .name, .sources .name, .document .name { font-weight: 600; flex: 1; min-width: 0;
  overflow-wrap: anywhere; }
.calls .name { font-family: ui-monospace, monospace; font-weight: 500; }
.calls .state, .sources .state, .document .state { font-size: .78rem; opacity: .8; }
.calls .is-running .state { color: var(--accent); opacity: 1; }
.calls .is-failed .state, .document.is-failed .state { opacity: 1;
  color: light-dark(#b91c1c, #fca5a5); }
.calls .label { font-size: .75rem; font-weight: 600; margin: .2rem .7rem; color: var(--soft); }
.calls pre { margin: 0 .7rem .5rem; padding: .5rem .6rem; background: var(--tint);
  max-height: 16rem; overflow: auto; border-radius: .4rem; font-size: .78rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.sources details:has(:target) { border-color: var(--accent); background: var(--tint); }
.sources blockquote { scroll-margin: 9rem; margin: 0 .7rem .6rem; max-height: 16rem;
  padding: .1rem 0 .1rem .8rem; overflow: auto;
  border-left: 3px solid var(--accent); white-space: pre-wrap; }
.document { font-size: .85rem; }
.document .name, .document .state { display: block; }
[class*="st-key-document-"] { border-bottom: 1px solid var(--line); padding-bottom: .4rem;
  gap: .2rem; }
[class*="st-key-edit-"] button, .st-key-anew button { font-size: .8rem; padding: 0;
  min-height: 1.6rem; opacity: .75; }
[class*="st-key-edit-"] { margin-top: -.5rem; align-items: flex-end; }
.st-key-editor [kind="primaryFormSubmit"] { color: light-dark(#fff, #17160f); }
.st-key-stop { display: flex; align-items: center; }
.st-key-stop button { border-radius: 999px; border-color: var(--accent); color: var(--accent);
  padding: .1rem .9rem; min-height: 2.1rem; }
[data-testid="stChatInput"]:focus-within > div { border-color: var(--accent) !important; }
.st-key-inputs-columns { display: grid; gap: .9rem 1.25rem;
  grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%%), 1fr)); }
.st-key-inputs-columns > * { min-width: 0; }
.st-key-inputs-columns > :is([class*="st-key-code-"], [class*="st-key-textarea-"], :last-child) {
  grid-column: 1 / -1; }
.st-key-inputs [class*="st-key-code-"] textarea { font-family: ui-monospace, monospace;
  font-size: .82rem; white-space: pre; overflow-x: auto; tab-size: 4; }
.stApp:not([data-test-connection-state="CONNECTED"])::after { content: "%(lost)s";
  position: fixed; z-index: 1000; left: 50%%; bottom: 7rem; transform: translateX(-50%%);
  width: min(40rem, calc(100vw - 2rem)); padding: .8rem 1rem; border-radius: .6rem;
  border: 1px solid var(--line); border-left: 3px solid var(--accent);
  background: light-dark(#fff, #24231f); color: light-dark(#2b2a27, #eceae4);
  box-shadow: 0 6px 24px rgb(0 0 0 / .18); animation: appear .2s 1s both; }
.stApp:has(.st-key-farewell)::after { display: none; }
@keyframes appear { from { opacity: 0 } }
@media (min-width: 768px) { .st-key-sidebar-hint { display: none; } }
@media (max-width: 640px) { .stApp { --side: .85rem; } }
"""


def sign(icon: object) -> str:
    """*icon* if it is a sign that can stand beside a reply and in the tab, or one for all.

    Streamlit takes any other text for the address of a picture: it would ask a stranger for it, or
    fail over it.
    """
    return icon if isinstance(icon, str) and is_emoji(icon) else _SIGN


def dress(accent: str, title: str, icon: str) -> bool:
    """The browser tab's title and icon, and the page's style; whether a new run is to show it."""
    st.set_page_config(page_title=title, page_icon=icon, layout="centered")
    light, dark = ACCENTS.get(accent, ACCENTS[_WITHOUT_SCENARIO])
    # Only our own constants go into this: no text of a scenario or a model.
    style = _STYLE % {"light": light, "dark": dark, "lost": _LOST, "broken": _BROKEN}
    st.html(f"<style>{style}{CODE_STYLE}</style>")
    return _colour_widgets(light, dark)


def _colour_widgets(light: str, dark: str) -> bool:
    """Give Streamlit's own widgets the accent; whether they had another one.

    The theme is an option of the whole process, and so is the scenario: a page process shows one
    session. Streamlit sends it when a run begins, so a page that has just been given its session
    shows it from the next run on.
    """
    wanted = {"theme.light.primaryColor": light, "theme.dark.primaryColor": dark}
    other = [option for option, colour in wanted.items() if config.get_option(option) != colour]
    for option in other:
        config.set_option(option, wanted[option], "the scenario's accent")
    return bool(other)
