"""Names that fill the {slots} of hand-written sentences: estates, kin, stops, dishes. Every one fits every sentence."""

import random
import re

SLOTS = {
    "estate": [
        "Toa Payoh",
        "Queenstown",
        "Bedok",
        "Ang Mo Kio",
        "Tampines",
        "Clementi",
        "Hougang",
        "Yishun",
        "Jurong West",
        "Bukit Merah",
        "Punggol",
        "Woodlands",
        "Geylang Bahru",
        "Tiong Bahru",
    ],
    "centre": [
        "Maxwell",
        "Tiong Bahru",
        "Old Airport Road",
        "Chinatown Complex",
        "Tekka",
        "Amoy Street",
        "Adam Road",
        "Geylang Serai",
        "Bedok",
        "Newton",
    ],
    "line": ["East-West Line", "North-South Line", "Circle Line", "Downtown Line", "North East Line"],
    "stop": [
        "Jurong East",
        "Bishan",
        "City Hall",
        "Raffles Place",
        "Paya Lebar",
        "Dhoby Ghaut",
        "Serangoon",
        "Woodlands",
        "Tampines",
        "Outram Park",
    ],
    "kin": ["grandmother", "mother", "aunt", "eldest sister", "neighbour Auntie Rohani", "neighbour Mrs Pillai"],
    "dish": [
        "chicken rice",
        "laksa",
        "nasi lemak",
        "roti prata",
        "mee rebus",
        "char kway teow",
        "fish ball noodles",
        "thosai",
        "satay",
        "wanton mee",
        "mee siam",
        "carrot cake",
    ],
    "drink": ["kopi", "teh", "kopi-o", "teh tarik", "teh-o kosong", "kopi-c"],
}


def fill(text: str, rng: random.Random) -> str:
    """Replace every {slot} by a drawn name; KeyError for a slot that is not listed."""
    return re.sub(r"\{(\w+)\}", lambda match: rng.choice(SLOTS[match[1]]), text)
