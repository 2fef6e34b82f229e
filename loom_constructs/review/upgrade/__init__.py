"""What an upgrade does to a running system, from two sets of rendered manifests alone."""
