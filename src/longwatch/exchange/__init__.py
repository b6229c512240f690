"""What hospitals send, read in; what they read, written out."""
