"""What the office owes: cases, answers, promises and the public proof that they were kept."""
