"""A synthetic retail population with known truth, written as the native extracts of its source systems."""

from mdm.sample.profile import DEFAULT, GERMAN_UK, HARDER, CompanyRates, Profile, SystemRates
from mdm.sample.write import SampleReport, write_sample

__all__ = [
    "DEFAULT",
    "GERMAN_UK",
    "HARDER",
    "CompanyRates",
    "Profile",
    "SampleReport",
    "SystemRates",
    "write_sample",
]
