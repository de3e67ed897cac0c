"""The record: an append-only chain of events, one desk that writes it, guards, projections, verification."""
