package disk

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func put(k string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte("t"))
		if err != nil {
			return err
		}
		return b.Put([]byte(k), []byte("v"))
	}
}

func has(t *testing.T, d *DB, k string) (found bool) {
	t.Helper()
	err := d.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("t"))
		found = b != nil && b.Get([]byte(k)) != nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func open(t *testing.T, path string) *DB {
	t.Helper()
	d, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestUpdatesInOneGroupAreEachAllOrNothing(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "aws.db"))
	broken := errors.New("broken after a write")
	refused := errors.New("condition did not hold")
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			key := fmt.Sprintf("k%d", i)
			var want error
			err := d.Update(func(tx *bbolt.Tx) error {
				switch i % 3 {
				case 1:
					want = refused
					return Refuse(refused)
				case 2:
					want = broken
					if err := put(key)(tx); err != nil {
						return err
					}
					if i%2 == 0 {
						panic(broken)
					}
					return broken
				}
				return put(key)(tx)
			})
			if (err == nil) != (want == nil) {
				t.Errorf("%s: err = %v, want %v", key, err, want)
			}
		})
	}
	wg.Wait()
	for i := range 300 {
		if got, want := has(t, d, fmt.Sprintf("k%d", i)), i%3 == 0; got != want {
			t.Errorf("k%d present = %v, want %v", i, got, want)
		}
	}
}

func TestOpenWaitsForADyingPredecessor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "aws.db")
	first := open(t, path)
	if _, err := Open(path, Options{LockWait: 50 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "held by another") {
		t.Fatalf("err = %v, want one that names the holder", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { first.Close() })
	open(t, path)
	if err := first.Update(put("x")); !errors.Is(err, ErrClosed) {
		t.Fatalf("update after close: %v", err)
	}
}

// The child writes and prints each key only after Update returned; the parent kills it and looks for every printed key.
func TestAcknowledgedUpdatesSurviveKill(t *testing.T) {
	if path := os.Getenv("DISK_TEST_CHILD"); path != "" {
		child(path)
	}
	path := filepath.Join(t.TempDir(), "aws.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestAcknowledgedUpdatesSurviveKill$")
	cmd.Env = append(os.Environ(), "DISK_TEST_CHILD="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for told := bufio.NewScanner(out); told.Scan(); {
		if lines = append(lines, told.Text()); len(lines) == 300 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if len(lines) < 300 {
		t.Fatalf("only %d acknowledged writes before the kill", len(lines))
	}
	lines = lines[:len(lines)-1] // the last may be torn
	d := open(t, path)
	for _, k := range lines {
		if !has(t, d, k) {
			t.Fatalf("acknowledged %q is lost", k)
		}
	}
}

func child(path string) {
	d, err := Open(path, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				k := fmt.Sprintf("w%d-%d", w, i)
				if d.Update(put(k)) == nil {
					_, _ = os.Stdout.WriteString(k + "\n")
				}
			}
		}()
	}
	select {}
}
