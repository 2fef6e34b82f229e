package main

import (
	"context"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// without an answer the message or its PubAck went down with a server
const answer = 2 * time.Second

type stream struct {
	bus     jetstream.JetStream
	subject string
}

// newJetStream connects to NATS_URL, which has the login in it, and publishes to SUBJECT.
func newJetStream() (*stream, error) {
	connection, err := nats.Connect(
		os.Getenv("NATS_URL"),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(200*time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.PingInterval(5*time.Second),
	)
	if err != nil {
		return nil, err
	}
	bus, err := jetstream.New(connection)
	return &stream{bus, os.Getenv("SUBJECT")}, err
}

func (s *stream) write(ctx context.Context, id string, acknowledged func()) error {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	if _, err := s.bus.Publish(ctx, s.subject, []byte(id), jetstream.WithMsgID(id)); err != nil {
		return err
	}
	acknowledged()
	return nil
}
