"""The images that rendered YAML names: which, where, and by which digest; and the file that keeps their digests."""
