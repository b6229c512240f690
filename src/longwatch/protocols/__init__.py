"""Protocol packs: the medicine as data, with its sources."""
