"""Standardisation: the values of a source record in comparable form, marked when they mean nothing."""

from mdm.standardise.batch import StandardiseError, noted, output_schema, standardise_batch, standardise_stream
from mdm.standardise.record import content_hash, standardise_record
from mdm.standardise.reference import free_mail_domains, name_particles, role_locals
from mdm.standardise.values import Context, StandardisedRecord, Value
from mdm.standardise.version import standardiser_version


def __getattr__(name: str) -> str:
    """``STANDARDISER_VERSION`` is worked out when first asked for: nothing happens at import."""
    if name == "STANDARDISER_VERSION":
        return standardiser_version()
    raise AttributeError(name)


__all__ = [
    "Context",
    "StandardiseError",
    "StandardisedRecord",
    "Value",
    "content_hash",
    "free_mail_domains",
    "name_particles",
    "noted",
    "output_schema",
    "role_locals",
    "standardise_batch",
    "standardise_record",
    "standardise_stream",
    "standardiser_version",
]
