"""Documents of conversations: read in a process apart, found by words and by meaning, quoted."""
