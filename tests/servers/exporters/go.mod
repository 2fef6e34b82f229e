module exporters

go 1.25.10

require (
	github.com/nats-io/prometheus-nats-exporter v0.20.1
	// of 0.20.1, which is rendered, the module is not to be had
	github.com/prometheus-community/postgres_exporter v0.19.1
)
