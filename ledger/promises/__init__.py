"""Promises in text: found in official answers, read from work plans."""
