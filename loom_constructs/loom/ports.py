"""The ports of Loom's programs. Each stands here once; clients learn them from endpoints."""

API = 8081
GRPC = 9090
CONNECTORS_GRPC = 50051
CONNECTORS_HTTP = 8080
AGENT_HEALTH = 8090

USER = 1000
"""User and group of Loom's image."""
