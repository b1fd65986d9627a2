"""What a page shows, for readers without eyes: an outline in words, what can be done, its data."""
