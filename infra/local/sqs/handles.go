package sqs

import (
	"net/http"
	"time"

	"go.etcd.io/bbolt"

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
	return nothing{}, s.retarget(q, in)
}

// retarget changes one message's visibility timeout.
func (s *Service) retarget(q *queue, t target) error {
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
	ok := false
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		ok, err = s.changeVisibility(tx, q, h, d)
		return err
	})
	if err == nil && !ok {
		return &wire.Error{Code: "MessageNotInflight", Query: "AWS.SimpleQueueService.MessageNotInflight", Message: "the message of this receipt handle is not in flight"}
	}
	return err
}

func (s *Service) deleteMessageBatch(_ *http.Request, body []byte) (any, error) {
	return s.batch(body, func(q *queue, t target) error { return s.Delete(q.name, t.ReceiptHandle) })
}

func (s *Service) changeMessageVisibilityBatch(_ *http.Request, body []byte) (any, error) {
	return s.batch(body, s.retarget)
}

// batch does something to each entry; one that is refused does not hold up the others.
func (s *Service) batch(body []byte, do func(*queue, target) error) (any, error) {
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
	out := batchResult{[]any{}, []failure{}}
	for _, t := range in.Entries {
		if err := do(q, t); err != nil {
			out.Failed = append(out.Failed, failed(t.Id, err))
			continue
		}
		out.Successful = append(out.Successful, map[string]string{"Id": t.Id})
	}
	return out, nil
}
