"""Source systems: what their files look like (mapping files), and how payloads become canonical records."""

from mdm.systems.init import ProposedMapping, propose_mapping
from mdm.systems.mapping import Mapping, Mappings, load_mapping, load_mappings

__all__ = ["Mapping", "Mappings", "ProposedMapping", "load_mapping", "load_mappings", "propose_mapping"]
