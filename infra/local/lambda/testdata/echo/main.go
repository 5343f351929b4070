// Command echo is a function for the tests of the Runtime API: it does as its event says.
package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Do   string `json:"do"`
	Text string `json:"text"`
}

// meet waits until three have come to a directory.
func meet(ctx context.Context, dir string) error {
	if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(os.Getpid())), nil, 0o600); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if here, err := os.ReadDir(dir); err != nil || len(here) == 3 {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return ctx.Err()
}

func main() {
	if os.Getenv("ECHO_INIT") == "dies" {
		os.Exit(3)
	}
	lambda.Start(func(ctx context.Context, e event) (map[string]any, error) {
		switch e.Do {
		case "fail":
			return nil, errors.New(e.Text)
		case "die":
			os.Exit(7)
		case "panic":
			panic(e.Text)
		case "sleep":
			time.Sleep(10 * time.Second)
		case "meet":
			return nil, meet(ctx, e.Text)
		}
		deadline, _ := ctx.Deadline()
		return map[string]any{"text": e.Text, "pid": os.Getpid(), "left": time.Until(deadline).Seconds(), "env": os.Getenv("ECHO")}, nil
	})
}
