"""Nodes that are drained and zones that are lost: simulated nodes (kwok), beside the real scheduler, controllers and eviction API."""
