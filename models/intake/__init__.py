"""Taking in what strangers hand in: archives are unpacked in quarantine, checked, and only then put on the shelf.

Whether an adapter may be served is decided in `models.adapters`. Who hands it in, and for which event, is not known
here.
"""
