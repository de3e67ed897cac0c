"""Public proof: official pages fetched anonymously, kept by hash, quoted, compared with the promise."""
