package sqs

import (
	"errors"
	"net/http"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/disk"
	"pronto/infra/local/wire"
)

// target is a receipt handle with what to do to it, alone or in a batch.
type target struct {
	Id                string
	QueueUrl          string
	ReceiptHandle     string
	VisibilityTimeout *int
}

type targets struct {
	QueueUrl string
	Entries  []target
}

func (s *Service) deleteMessage(_ *http.Request, body []byte) (any, error) {
	var in target
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.Delete(q.name, in.ReceiptHandle)
}

func (s *Service) changeMessageVisibility(_ *http.Request, body []byte) (any, error) {
	var in target
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.db.Update(func(tx *bbolt.Tx) error { return s.retarget(tx, q, in) })
}

// retarget changes one message's visibility timeout.
func (s *Service) retarget(tx *bbolt.Tx, q *queue, t target) error {
	h, err := parseHandle(t.ReceiptHandle)
	if err != nil {
		return err
	}
	if t.VisibilityTimeout == nil {
		return wire.Refuse("MissingParameter", "VisibilityTimeout is missing")
	}
	var d time.Duration
	if err := bounded("VisibilityTimeout", t.VisibilityTimeout, 0, 43200, func(n int) { d = time.Duration(n) * time.Second }); err != nil {
		return err
	}
	ok, err := s.changeVisibility(tx, q, h, d)
	if err == nil && !ok {
		return disk.Refuse(&wire.Error{Code: "MessageNotInflight", Query: "AWS.SimpleQueueService.MessageNotInflight", Message: "the message of this receipt handle is not in flight"})
	}
	return err
}

func (s *Service) deleteMessageBatch(_ *http.Request, body []byte) (any, error) {
	return s.batch(body, func(tx *bbolt.Tx, q *queue, t target) error {
		h, err := parseHandle(t.ReceiptHandle)
		if err != nil {
			return err
		}
		return s.removeAll(tx, q, []handle{h})
	})
}

func (s *Service) changeMessageVisibilityBatch(_ *http.Request, body []byte) (any, error) {
	return s.batch(body, s.retarget)
}

// batch does something to each entry in one commit; an entry that is refused (before it wrote anything) does not hold up the others.
func (s *Service) batch(body []byte, do func(*bbolt.Tx, *queue, target) error) (any, error) {
	var in targets
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(t target) string { return t.Id }); err != nil {
		return nil, err
	}
	var out batchResult
	err = s.db.Update(func(tx *bbolt.Tx) error {
		out = batchResult{[]any{}, []failure{}}
		for _, t := range in.Entries {
			err := do(tx, q, t)
			var refused *wire.Error
			switch {
			case err == nil:
				out.Successful = append(out.Successful, map[string]string{"Id": t.Id})
			case errors.As(err, &refused):
				out.Failed = append(out.Failed, failed(t.Id, refused))
			default:
				return err
			}
		}
		return nil
	})
	return out, err
}
