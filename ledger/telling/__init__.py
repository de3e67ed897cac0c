"""What people are told: today, alerts, reports, the public site, and how things look on a terminal."""
