"""Making the models of a finale: text, tokenizer, base, LoRA adapters. Serving them is `models`' work."""
