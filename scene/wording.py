"""The engine's sentences name options of its command line; in Blender buttons and settings stand for them."""

# What an option is called in the panel; longer ones first.
WORDS = (
    (" insist with --person 1", " press It Is a Person"),
    ("Choose another with --person ID, or all of them with --person all", "Choose another in the panel, or All People"),
    (" with --resume", ""),
    (" with --restart", " after deleting the job folder"),
    ("Give --rate, its frames a second, for example --rate 30", "Set its Frame Rate"),
    ("leave --masks out", "clear Masks in the panel Frames"),
    ("--masks is for clips", "Masks are for clips"),
    ("choose --method body", "choose the method Body"),
    (" with Character switched on, without --no-character", " with Character switched on"),
    (", without --no-character", " with Character switched on"),
    ("give it with --weights (docs/pamir.md)", "choose it in the panel PaMIR"),
    ("below the folder of --weights", "below the folder PaMIR Files"),
)


def panel_words(text: str) -> str:
    """A sentence of the engine as somebody reads it who has the panel and no command line."""
    for option, words in WORDS:
        text = text.replace(option, words)
    return text
