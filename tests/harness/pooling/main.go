// Pooling asks a database many questions whose answers it knows, as many clients at once, through Go's lib/pq, and
// counts errors and wrong answers. It judges what is between it and the server, so it shares nothing with that.
//
// The data source name is what Loom gets (DSN; the password in PGPASSWORD). It ends after -seconds or when it is told
// to, and prints one line of JSON.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/lib/pq"
)

type report struct {
	Clients   int            `json:"clients"`
	Seconds   float64        `json:"seconds"`
	Questions int64          `json:"questions"`
	Wrong     int64          `json:"wrong"`
	Errors    int64          `json:"errors"`
	Messages  map[string]int `json:"messages"`
	LongestMs int64          `json:"longest_ms"`
}

type judge struct {
	db                *sql.DB
	questions, wrong  atomic.Int64
	errors, longestNs atomic.Int64
	mutex             sync.Mutex
	messages          map[string]int
}

func (j *judge) said(message string) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.messages[message]++
}

// differ is an answer that was not asked for.
type differ struct{ want, got any }

func (d differ) Error() string { return "another answer" }

func same(want, got any) error {
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return differ{want, got}
	}
	return nil
}

// echo: one value, one parameter.
func echo(ctx context.Context, j *judge, unique string, _ *rand.Rand) error {
	var got string
	if err := j.db.QueryRowContext(ctx, "SELECT $1::text", unique).Scan(&got); err != nil {
		return err
	}
	return same(unique, got)
}

// types: parameters of several types, in another order than most.
func types(ctx context.Context, j *judge, unique string, random *rand.Rand) error {
	number, real, yes, raw := random.Int63(), random.Float64(), random.Intn(2) == 1, []byte(unique)
	when := time.Unix(random.Int63n(1<<31), 0).UTC()
	var gotNumber int64
	var gotReal float64
	var gotYes bool
	var gotRaw []byte
	var gotWhen time.Time
	var gotText string
	row := j.db.QueryRowContext(ctx, "SELECT $6::text, $5::timestamptz, $4::bytea, $3::bool, $2::float8, $1::int8",
		number, real, yes, raw, when, unique)
	if err := row.Scan(&gotText, &gotWhen, &gotRaw, &gotYes, &gotReal, &gotNumber); err != nil {
		return err
	}
	if !bytes.Equal(raw, gotRaw) {
		return differ{raw, gotRaw}
	}
	return same([]any{unique, when, yes, real, number}, []any{gotText, gotWhen.UTC(), gotYes, gotReal, gotNumber})
}

// shapes: a statement that hardly anybody else sends, so that another one's answer has another form.
func shapes(ctx context.Context, j *judge, unique string, random *rand.Rand) error {
	number, added := random.Intn(1000), random.Intn(1000)
	var got int
	var text string
	err := j.db.QueryRowContext(ctx, fmt.Sprintf("SELECT $1::int + %d, $2::text", added), number, unique).Scan(&got, &text)
	if err != nil {
		return err
	}
	return same([]any{number + added, unique}, []any{got, text})
}

// transaction: all of it on one server connection, and nobody else's statements in between.
func transaction(ctx context.Context, j *judge, unique string, random *rand.Rand) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var first, second int64
	var got string
	if err := tx.QueryRowContext(ctx, "SELECT txid_current()").Scan(&first); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "SELECT set_config('proof.mine', $1, true)", unique); err != nil {
		return err
	}
	time.Sleep(time.Duration(random.Intn(5)) * time.Millisecond)
	row := tx.QueryRowContext(ctx, "SELECT txid_current(), current_setting('proof.mine')")
	if err := row.Scan(&second, &got); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return same([]any{first, unique}, []any{second, got})
}

// prepared: a statement that is prepared once and then used by name.
func prepared(ctx context.Context, statement *sql.Stmt, mark, unique string) error {
	var got string
	if err := statement.QueryRowContext(ctx, unique).Scan(&got); err != nil {
		return err
	}
	return same(unique+mark, got)
}

func (j *judge) client(ctx context.Context, number int, named bool, pause time.Duration) {
	random := rand.New(rand.NewSource(time.Now().UnixNano() + int64(number)))
	kinds := []func(context.Context, *judge, string, *rand.Rand) error{echo, types, shapes, transaction}
	mark := fmt.Sprintf("-%d", number)
	var statement *sql.Stmt
	for count := 0; ctx.Err() == nil; count++ {
		unique := fmt.Sprintf("%d-%d-%d", number, count, random.Int63())
		limit, done := context.WithTimeout(context.Background(), 30*time.Second)
		began, err := time.Now(), error(nil)
		switch kind := count % (len(kinds) + 1); {
		case kind < len(kinds):
			err = kinds[kind](limit, j, unique, random)
		case !named:
		case statement == nil:
			statement, err = j.db.PrepareContext(limit, fmt.Sprintf("SELECT $1::text || '%s'", mark))
		default:
			err = prepared(limit, statement, mark, unique)
		}
		done()
		for took := int64(time.Since(began)); ; {
			longest := j.longestNs.Load()
			if took <= longest || j.longestNs.CompareAndSwap(longest, took) {
				break
			}
		}
		j.questions.Add(1)
		if _, other := err.(differ); other {
			j.wrong.Add(1)
			j.said("a wrong answer")
		} else if err != nil {
			j.errors.Add(1)
			j.said(err.Error())
		}
		time.Sleep(time.Duration(random.Int63n(int64(2*pause) + 1)))
	}
}

func main() {
	clients := flag.Int("clients", 100, "that ask at the same time, each on a connection that it keeps")
	seconds := flag.Float64("seconds", 10, "")
	pause := flag.Duration("pause", 5*time.Millisecond, "between a client's questions, on average")
	named := flag.Bool("named", true, "also prepare statements by name")
	flag.Parse()
	db, err := sql.Open("postgres", os.Getenv("DSN"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	db.SetMaxOpenConns(*clients)
	db.SetMaxIdleConns(*clients)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(*seconds*float64(time.Second)))
	defer cancel()
	j := &judge{db: db, messages: map[string]int{}}
	began := time.Now()
	var all sync.WaitGroup
	for number := range *clients {
		all.Add(1)
		go func() { defer all.Done(); j.client(ctx, number, *named, *pause) }()
	}
	all.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(report{
		*clients, time.Since(began).Seconds(), j.questions.Load(), j.wrong.Load(), j.errors.Load(), j.messages,
		j.longestNs.Load() / int64(time.Millisecond),
	})
}
