"""The words an audience's phone needs. Braces are filled in: {n}, {place}, {of}, {share}, {name}."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One language. `lang` is its HTML code; `tongue` its own name."""

    lang: str
    tongue: str
    title: str
    skip: str
    round_of: str
    bonus: str
    time_left: str
    held: str
    seconds_left: str
    time_up: str
    paused: str
    state_briefing: str
    state_prompting: str
    state_settling: str
    state_judging: str
    state_sealed: str
    state_revealed: str
    welcome: str
    welcome_words: str
    soon: str
    soon_words: str
    nothing_to_vote: str
    voided: str
    voided_words: str
    choose: str
    choose_stars: str
    entry: str
    read_all: str
    read_less: str
    vote_for: str
    your_vote_here: str
    sending: str
    star: str
    stars: str
    send_stars: str
    not_voted: str
    not_starred: str
    your_vote: str
    your_stars: str
    may_change: str
    counted: str
    counted_words: str
    vote_closed: str
    look_up: str
    choice_won: str
    choice_place: str
    choice_share: str
    no_vote: str
    stars_counted: str
    your_choice: str
    points: str
    votes_counted: str
    champion: str
    thank_you: str
    see_results: str
    join_title: str
    join_words: str
    join_label: str
    join_button: str
    join_wrong: str
    join_seat_wrong: str
    lost: str
    reconnecting: str
    back: str
    refused: str
    not_sent: str
