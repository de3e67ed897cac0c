"""A sample city served on loopback, so that the whole pipeline can be seen at work."""

from crawlers.city.items import Item, Reply
from crawlers.city.planted import planted
from crawlers.city.serving import City, serve
from crawlers.city.story import Promise, Story

__all__ = ["City", "Item", "Promise", "Reply", "Story", "planted", "serve"]
