package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// byFile is the flag of commands that act by the rule book: which one.
const byFile = "go by the rule book in --policy, whatever stands at the desk"

// rulesOf chooses the rule book by which a command acts on a desk, and tells it: the version that stands, as the desk's functions read it, and the file where --by-file says
// so or nothing was ever written down. deployed: the desk has a deployed file of its own, and the one here is another's; else it is the desk's.
func rulesOf(ctx context.Context, w io.Writer, s *setup.Setup, file string, deployed, forced bool) (*policy.Policy, error) {
	if !forced {
		p, err := stood(ctx, s, file, deployed)
		if err != nil || p != nil {
			if err == nil {
				fmt.Fprintf(w, "By the rule book that stands, %s.\n", p.Version)
			}
			return p, err
		}
	}
	p, problems, err := readPolicy(file)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", file)}
	}
	fmt.Fprintf(w, "By %s, %s.\n", file, p.Version)
	return p, nil
}

// stood is what stands; nil where nothing is written down.
func stood(ctx context.Context, s *setup.Setup, file string, deployed bool) (*policy.Policy, error) {
	rows, bucket := store.New(dynamodb.NewFromConfig(s.AWS), s.Env(setup.Table)), rulebook.Bucket{S3: s.S3(), Name: s.Env(setup.Bucket)}
	b := &rulebook.Book{Store: rows, Bucket: bucket, Now: s.Now}
	var err error
	if deployed {
		b, err = rulebook.Deployed(ctx, rows, bucket, s.Now)
	} else {
		var problems []policy.Problem
		b.File, b.Policy, problems, err = rulebook.ReadFile(file)
		if err == nil && len(problems) > 0 {
			err = &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", file)}
		}
	}
	if errors.Is(err, rulebook.ErrUnseen) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which rule book stands: %w", err)
	}
	is, err := b.Standing(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read which rule book stands: %w", err)
	case is.Broken != "":
		return nil, fmt.Errorf("%s should stand and cannot be read: %s; go a step back with pronto policy rollback, or say --by-file", is.Head.Version, is.Broken)
	case is.Head.Row == 0:
		return nil, nil
	}
	return is.Policy, nil
}
