"""Pure functions from a page to posts, one file an engine; no Scrapy, no network."""
