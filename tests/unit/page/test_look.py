import pytest

from playground_chat.page.code_colours import KINDS
from playground_chat.page.look import ACCENTS, sign

GROUNDS = {"light": ("#ffffff", "#f8f8f7"), "dark": ("#171614", "#21201d")}
"""Of the page and of its sidebar, as its theme has them."""
AA = 4.5


def channels(colour: str) -> list[int]:
    return [int(colour[n : n + 2], 16) for n in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    parts = [c / 255 for c in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text: str, ground: str, tint: float = 0) -> float:
    """Of *text* on *ground* that has so much of the text's own colour in it."""
    pairs = zip(channels(text), channels(ground), strict=True)
    below = [t * tint + g * (1 - tint) for t, g in pairs]
    light, dark = sorted((luminance([*map(float, channels(text))]), luminance(below)))[::-1]
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", GROUNDS)
def test_every_accent_can_be_read_as_text(scheme: str) -> None:
    place = list(GROUNDS).index(scheme)
    for ground in GROUNDS[scheme]:
        for accent, colours in ACCENTS.items():
            assert contrast(colours[place], ground) >= AA, (accent, ground)
        for kinds, colours in KINDS.items():
            assert contrast(colours[place], ground) >= AA, (kinds, ground)


@pytest.mark.parametrize("icon", ["🛠️", "🪶", "🧭", "👩‍💻", "🇩🇪"])
def test_a_sign_stays(icon: str) -> None:
    assert sign(icon) == icon


@pytest.mark.parametrize("icon", ["", None, 7, "A", "http://127.0.0.1:9/icon.png", "../icon.png"])
def test_what_is_no_sign_is_no_address_of_a_picture_either(icon: object) -> None:
    assert sign(icon) == "💬"
