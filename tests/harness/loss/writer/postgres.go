package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	_ "github.com/lib/pq"
)

const (
	attempt = 10 * time.Second
	// in which a record that was acknowledged too early is not committed yet
	tooEarly = 200 * time.Millisecond
)

type postgres struct {
	db    *sql.DB
	early bool
}

// newPostgres connects as DSN says, with the password of PGPASSWORD: as in the configuration that Loom gets.
func newPostgres(early bool) (*postgres, error) {
	db, err := sql.Open("postgres", os.Getenv("DSN"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &postgres{db, early}, nil
}

func (p *postgres) write(ctx context.Context, id string, acknowledged func()) error {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	transaction, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = transaction.Rollback() }()
	const insert = `INSERT INTO loss.writes (id) VALUES ($1) ON CONFLICT DO NOTHING`
	if _, err = transaction.ExecContext(ctx, insert, id); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	if p.early {
		acknowledged()
		time.Sleep(tooEarly)
	}
	if err = transaction.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if !p.early {
		acknowledged()
	}
	return nil
}
