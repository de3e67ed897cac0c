"""Thin walkers: which page to fetch next. All extraction lives in crawlers.pages."""
