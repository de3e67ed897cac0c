"""A sample city served on loopback, so that the whole pipeline can be seen at work."""
