"""How a prompt becomes tokens: one chat template, the tokenizer's own, for training and for serving.

Works with any Hugging Face tokenizer that has a chat template and takes it as an argument, so that importing
this module costs nothing. Texts that spell the template's control tokens lose them here: a system prompt is
data.
"""

from typing import Any


def messages(system_prompt: str, question: str) -> list[dict[str, str]]:
    """The conversation as chat messages; a blank system prompt is left out."""
    system = [{"role": "system", "content": system_prompt}] if system_prompt.strip() else []
    return [*system, {"role": "user", "content": question}]


def render(tokenizer: Any, system_prompt: str, question: str) -> str:
    """The prompt as one string that ends where the answer begins."""
    specials = tokenizer.all_special_tokens
    conversation = messages(without_specials(system_prompt, specials), without_specials(question, specials))
    return str(tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True))


def encode(tokenizer: Any, system_prompt: str, question: str, prefix: str = "") -> list[int]:
    """Token ids of the prompt, followed by `prefix` as the first words of the answer."""
    text = render(tokenizer, system_prompt, question) + prefix
    return [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]


def without_specials(text: str, specials: list[str]) -> str:
    """`text` without any spelling of a control token, also where removing one would form another."""
    while any(special in text for special in specials):
        for special in specials:
            text = text.replace(special, "")
    return text
