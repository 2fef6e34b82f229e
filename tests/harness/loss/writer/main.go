// Writer writes records at a steady pace and logs each one that was acknowledged, when it was, and not before.
//
// A record is sent under its id until it is acknowledged: again after an error, which is safe, since a row with a known
// id is not inserted twice and a message with a known id is not stored twice. A record without an acknowledgement after
// 30 seconds has failed. Each line of the log goes to the file before the next record is begun:
//
//	acknowledged|repeated|failed <id> <when it was first sent> <now> <why, as JSON>
//
// Times are nanoseconds since 1970. SIGTERM ends it, once what was begun is finished.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const (
	giveUp = 30 * time.Second
	pause  = 100 * time.Millisecond
)

// A store takes one record at a time from each client; acknowledged is called once the record is safe.
type store interface {
	write(ctx context.Context, id string, acknowledged func()) error
}

func main() {
	to := flag.String("to", "", "postgres or jetstream")
	run := flag.String("run", "", "what ids begin with")
	clients := flag.Int("clients", 8, "how many write at the same time, each on a connection of its own")
	every := flag.Duration("every", 80*time.Millisecond, "how often each of them writes")
	path := flag.String("log", "", "the log")
	early := flag.Bool("acknowledge-early", false, "acknowledge before the commit: a defect, for the judge to find")
	flag.Parse()

	file, err := os.OpenFile(*path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	journal := &journal{file: file}
	stop, end := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer end()
	var group sync.WaitGroup
	for number := range *clients {
		var target store
		switch *to {
		case "postgres":
			target, err = newPostgres(*early)
		case "jetstream":
			target, err = newJetStream()
		default:
			err = fmt.Errorf("-to must be postgres or jetstream, got %q", *to)
		}
		if err != nil {
			log.Fatal(err)
		}
		group.Go(func() {
			// not all at once
			time.Sleep(*every * time.Duration(number) / time.Duration(*clients))
			next := time.NewTicker(*every)
			for i := 0; stop.Err() == nil; i++ {
				record(target, journal, fmt.Sprintf("%s-%d-%d", *run, number, i))
				select {
				case <-next.C:
				case <-stop.Done():
				}
			}
		})
	}
	group.Wait()
}

// record sends one record until it is acknowledged or has failed.
func record(to store, journal *journal, id string) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), giveUp)
	defer cancel()
	for {
		done := false
		err := to.write(ctx, id, func() {
			done = true
			journal.write("acknowledged", id, began, "")
		})
		switch {
		case done:
			return
		case ctx.Err() != nil:
			journal.write("failed", id, began, err.Error())
			return
		}
		journal.write("repeated", id, began, err.Error())
		time.Sleep(pause)
	}
}

// A journal is the log. Each line is one system call: what was acknowledged is in the file whatever happens to us.
type journal struct {
	mutex sync.Mutex
	file  *os.File
}

func (j *journal) write(word, id string, began time.Time, why string) {
	quoted, _ := json.Marshal(why)
	j.mutex.Lock()
	defer j.mutex.Unlock()
	_, err := fmt.Fprintf(j.file, "%s %s %d %d %s\n", word, id, began.UnixNano(), time.Now().UnixNano(), quoted)
	if err != nil {
		log.Fatal(err)
	}
}
