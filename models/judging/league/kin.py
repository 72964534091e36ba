"""A league's word of warning when the judge belongs to the family of the models that it judges."""

from collections.abc import Sequence

from models.judging.families import families_of

KIN = (
    "The judge {judge} is of the family {family}, as models that it judges are. Judges prefer their own kin; let a "
    "judge of another family decide, or say so wherever the result is shown."
)


def kin_warning(judge: str, model: str, family: str, judged: Sequence[str]) -> str | None:
    """What to say when the judge (`model`, or `family` where it is given) is kin to one of the families `judged`."""
    shared = families_of(model, family) & {one.strip().casefold() for one in judged}
    return KIN.format(judge=judge, family=" and ".join(sorted(shared))) if shared else None
