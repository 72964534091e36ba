"""Signs that an entry speaks to its judge instead of answering. `models.judging.injection` gathers them."""
