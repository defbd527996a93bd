"""Ingest: files of source systems become versions of source records and references; only what differs is written."""

from mdm.ingest.report import DirectoryReport, IngestReport, Progress
from mdm.ingest.take_in import ingest_directory, ingest_file, replay_rejected

__all__ = ["DirectoryReport", "IngestReport", "Progress", "ingest_directory", "ingest_file", "replay_rejected"]
