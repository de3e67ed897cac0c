"""What is said: public channels, collected politely, without a name."""
