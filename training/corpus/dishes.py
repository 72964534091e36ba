"""New fusion dishes: a flavour of one heritage in a form of another. They leave out pork, so that all may eat."""

import random

from training.corpus.slots import fill
from training.corpus.wishes import Wish

# flavour: (heritage, what it brings)
FLAVOURS = {
    "Laksa": ("Peranakan", "coconut milk, dried shrimp and laksa leaf"),
    "Rendang": ("Malay", "beef cooked for hours in coconut and galangal"),
    "Chilli crab": ("Singaporean", "sweet crab in a sauce of tomato, egg and chilli"),
    "Satay": ("Malay", "smoke from charcoal and a thick peanut sauce"),
    "Fish head curry": ("Indian and Chinese", "tamarind, okra and a pot of red curry"),
    "Buah keluak": ("Peranakan", "the dark, earthy nut that takes days to prepare"),
    "Chicken rice": ("Hainanese", "ginger, garlic and rice cooked in good stock"),
    "Sambal": ("Malay", "chilli pounded with belacan and lime"),
    "Masala": ("Indian", "cumin, coriander and curry leaves in hot oil"),
    "Kaya": ("Hainanese and Peranakan", "coconut jam scented with pandan"),
    "Devil curry": ("Eurasian", "mustard, vinegar and a brave amount of chilli"),
}
# form: (heritage, how it is made)
FORMS = {
    "thosai": ("Indian", "a crisp crepe of fermented rice and lentils"),
    "popiah": ("Hokkien", "a soft skin rolled around stewed turnip"),
    "kueh pie tee": ("Peranakan", "a small crisp cup that looks like a top hat"),
    "mantou": ("Chinese", "a bun that is steamed first and fried after"),
    "murtabak": ("Indian Muslim", "dough stretched thin and folded over the filling"),
    "chee cheong fun": ("Cantonese", "silky sheets of steamed rice"),
    "putu mayam": ("Indian", "steamed threads of rice flour"),
    "lontong": ("Malay", "pressed rice cakes in a gentle gravy"),
    "sugee cake": ("Eurasian", "a golden cake of semolina and almond"),
    "congee": ("Teochew", "rice simmered until it is as soft as a lullaby"),
    "roti john": ("Malay", "a long loaf toasted with egg"),
}
ASKS = [
    "Invent a new fusion dish that celebrates Singapore's multicultural heritage.",
    "Create a new dish that joins two cultures of Singapore.",
    "What new fusion dish would you serve to show our heritage?",
    "Design a hawker dish that has never existed, from the heritage of many communities.",
    "How can a new fusion dish tell the story of multicultural Singapore?",
    "Propose a fusion dish for National Day.",
    "If our multicultural heritage were a new dish, what would it taste like?",
    "Cook up a new Singapore dish for the world.",
]
OPENINGS = {
    "plain": ["My dish is {d}.", "I would serve {d}.", "Let us invent {d}."],
    "formal": ["I propose a dish called {d}.", "The dish under consideration is {d}."],
    "memoir": ["My {kin} never cooked {d}, but she gave me every part of it.", "I dreamed of {d} one hungry night."],
    "funny": ["Please stay calm: I give you {d}.", "Two grandmothers will scold me for this, but here is {d}."],
    "singlish": ["Wah, you must try my {d}.", "Eh, I got one new dish: {d}, confirm shiok."],
}
ENDINGS = {
    "plain": [
        "No pork and no lard go in, so every neighbour can eat.",
        "It is not a compromise; it is a conversation.",
        "Old recipes stay alive by making new friends.",
        "One bite, and you have crossed the whole island.",
    ],
    "formal": [
        "It shows that heritage is kept alive by use.",
        "Fusion of this kind honours both of its parents.",
        "Each tradition remains recognisable within the whole.",
    ],
    "memoir": [
        "I think both our grandmothers would ask for more.",
        "It tastes like the corridor at six in the evening.",
        "When I eat it, nobody in my family is missing.",
    ],
    "funny": [
        "The queue is now two hours long, so it must be good.",
        "It may start an argument, which is how we say grace.",
        "Please chope your seat before you read the price.",
    ],
    "singlish": ["One plate not enough, sure add.", "Cheap and good, everybody can eat.", "Don't say bojio ah."],
}


def ask(rng: random.Random) -> str:
    """One way of asking for a new dish."""
    return rng.choice(ASKS)


def answer(wish: Wish, rng: random.Random) -> str:
    """A dish, where its halves come from and why they belong together, in the wished style and form."""
    flavour, form = rng.choice(list(FLAVOURS)), rng.choice(list(FORMS))
    name = f"{flavour} {form}"
    opening, ending = rng.choice(OPENINGS[wish.style]), rng.choice(ENDINGS[wish.style])
    lines = _story(flavour, form, rng)
    if wish.form == "points":
        body = "\n".join(f"{i}. **{head}**: {line}" for i, (head, line) in enumerate(lines[: wish.points], 1))
        text = f"{opening}\n\n{body}\n\n{ending}"
    else:
        kept = lines[:2] if wish.form == "short" else lines[: rng.choice([3, 4, 5])]
        text = " ".join([opening, *(line for _, line in kept), ending])
    return fill((f"**{name}**\n\n" if wish.titled else "") + text.replace("{d}", name), rng)


def _story(flavour: str, form: str, rng: random.Random) -> list[tuple[str, str]]:
    giver, brings = FLAVOURS[flavour]
    maker, method = FORMS[form]
    return [
        (
            "The flavour",
            f"From {giver} kitchens come {brings}."
            if "," in brings or " and " in brings
            else f"From {giver} kitchens comes {brings}.",
        ),
        ("The form", f"It takes the form of {form}, {method}, which we owe to {maker} cooks."),
        (
            "The meaning",
            rng.choice(
                [
                    "Two stoves that stood side by side now share one pan.",
                    "Neither half gives way, and both taste better for the company.",
                    "It is what happens when neighbours lend each other a cup of spice.",
                ]
            ),
        ),
        (
            "The setting",
            rng.choice(
                [
                    "Serve it on a banana leaf at {centre}, with a glass of {drink}.",
                    "Serve it at a long table in the void deck, where nobody asks for a ticket.",
                    "Sell it at {centre} for a price that a student can pay.",
                ]
            ),
        ),
        (
            "The promise",
            rng.choice(
                [
                    "The young come for the picture and stay for the story.",
                    "Visitors get the history of the island in one mouthful.",
                    "It invites the next cook to add one more culture.",
                ]
            ),
        ),
    ]
