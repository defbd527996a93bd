"""The canonical model: what a customer is to us, declared once."""

from mdm.model.attributes import ATTRIBUTES, Attribute, EntityType, Kind, Sensitivity, attributes_of
from mdm.model.keys import GoldenId, RecordKey

__all__ = [
    "ATTRIBUTES",
    "Attribute",
    "EntityType",
    "GoldenId",
    "Kind",
    "RecordKey",
    "Sensitivity",
    "attributes_of",
]
