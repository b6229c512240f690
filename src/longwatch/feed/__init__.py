"""What laboratories send, received without loss: the listener, the watched folder."""
