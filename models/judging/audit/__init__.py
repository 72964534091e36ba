"""What moved the judges' marks: length, place, Markdown, language; and how far they agree with the experts.

Pure functions of records; reading an event from where it is kept is the caller's business.
"""

from models.judging.audit.agreeing import Agreement, JudgeAgreement
from models.judging.audit.auditing import Audit, audit
from models.judging.audit.effects import Effect, Finding
from models.judging.audit.moving import LengthEffect, PositionEffect, TraitEffect
from models.judging.audit.records import BEYOND, EXPERTS, AuditRecord, ExpertMark
from models.judging.audit.told import told
from models.judging.audit.traits import Language, Trait, language, traits
from models.judging.audit.within import Estimate
from models.judging.audit.writing import write_audit

__all__ = [
    "BEYOND",
    "EXPERTS",
    "Agreement",
    "Audit",
    "AuditRecord",
    "Effect",
    "Estimate",
    "ExpertMark",
    "Finding",
    "JudgeAgreement",
    "Language",
    "LengthEffect",
    "PositionEffect",
    "Trait",
    "TraitEffect",
    "audit",
    "language",
    "told",
    "traits",
    "write_audit",
]
