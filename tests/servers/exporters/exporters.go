//go:build exporters

// Package exporters names the programs that tests run, so that `go mod tidy` keeps what they need.
package exporters

import (
	_ "github.com/nats-io/prometheus-nats-exporter"
	_ "github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter"
)
