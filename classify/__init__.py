"""Which duty it raises: the seven kinds of concern an office must answer."""
