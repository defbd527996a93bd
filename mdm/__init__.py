"""The customer hub: model, systems, store, standardise, ingest, resolve, deliver, lookup, runs, CLI."""
