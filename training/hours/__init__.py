"""Training time: a ledger of all entrants, and a run's hold on it. Stopping in time is `training.tuning`'s work."""

from training.hours.amounts import in_words, parse_seconds
from training.hours.entries import Balance, Entry, Kind
from training.hours.errors import HoursRefused
from training.hours.lease import EntrantHours, Lease
from training.hours.ledger import Ledger

__all__ = ["Balance", "EntrantHours", "Entry", "HoursRefused", "Kind", "Lease", "Ledger", "in_words", "parse_seconds"]
