"""Which customer is this? One incoming record against all stored ones, as the last run decides; nothing is written."""

from mdm.match.answer import Candidate, CustomerMatch, LeftOut, MatchAnswer, Outcome, Provenance
from mdm.match.matcher import Matcher
from mdm.match.request import MatchRequest

__all__ = [
    "Candidate",
    "CustomerMatch",
    "LeftOut",
    "MatchAnswer",
    "MatchRequest",
    "Matcher",
    "Outcome",
    "Provenance",
]
