"""What survives a drain, the loss of a node or of a zone, and which budgets block a drain for ever."""
