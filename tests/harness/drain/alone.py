"""What production runs once, and so is away while its pod moves: each by name, with the reason why that is right."""

from __future__ import annotations

QUEUE = "a work queue: tasks stay in the stream until a pod takes them, and people scale it (no replicas are rendered)"
EXPORTER = "tells Prometheus; a second one would count everything twice"

ALONE = {
    "Deployment/loom-agent-architect": QUEUE,
    "Deployment/loom-agent-coder": QUEUE,
    "Deployment/loom-agent-pm": QUEUE,
    "Deployment/loom-agent-public-relations-manager": QUEUE,
    "Deployment/loom-agent-qa": QUEUE,
    "Deployment/loom-agent-reviewer": QUEUE,
    "Deployment/loom-db-exporter": EXPORTER,
    "Deployment/nats-exporter": EXPORTER,
    "Deployment/loom-stream-replicas": "puts the stream's replica count right from time to time; nobody calls it",
    "Deployment/temporal-ui": "pages for people; no program calls it",
}
