package faults

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// ErrInjected is in the chain of every error that a Walk makes.
var ErrInjected = errors.New("injected fault")

// Walk breaks one write of a real SDK client, so that a test can walk over all of them:
//
//	w := &faults.Walk{FailAt: n, Persisted: true}
//	client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.APIOptions = append(o.APIOptions, w.Middleware) })
//
// The caller sees the write fail for good (the SDK's retries are inside). Run once with FailAt zero to learn from Writes how many there are.
type Walk struct {
	FailAt    int  // which write fails, counted from 1; none when zero
	Persisted bool // true: it is done, but the caller sees an error; false: it never leaves
	Reads     bool // count and break reads as well

	mu     sync.Mutex
	writes []string
}

// Writes lists the writes seen so far, as Service.Operation, the broken one included.
func (w *Walk) Writes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.writes)
}

// Middleware is an element of a client's APIOptions (or of aws.Config's).
func (w *Walk) Middleware(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("FaultWalk", w.initialize), middleware.After)
}

func (w *Walk) initialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	op := awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)
	if !w.breaks(op) {
		return next.HandleInitialize(ctx, in)
	}
	if !w.Persisted {
		return middleware.InitializeOutput{}, middleware.Metadata{}, injected(op, "failed and not persisted")
	}
	out, meta, err := next.HandleInitialize(ctx, in)
	if err != nil {
		return out, meta, err // refused by the service itself: nothing was persisted to lie about
	}
	return middleware.InitializeOutput{}, meta, injected(op, "failed but persisted")
}

func (w *Walk) breaks(op string) bool {
	if !w.Reads && !IsWrite(op) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = append(w.writes, op)
	return len(w.writes) == w.FailAt
}

func injected(op, how string) error {
	api := &smithy.GenericAPIError{Code: "InternalServerError", Message: op + " " + how, Fault: smithy.FaultServer}
	return errors.Join(ErrInjected, api)
}

var reads = []string{"Get", "BatchGet", "TransactGet", "Query", "Scan", "List", "Describe", "Head", "Receive"}

// IsWrite says whether an operation ("PutItem", "DynamoDB.PutItem") changes anything that lasts. ReceiveMessage counts as a read.
func IsWrite(op string) bool {
	op = op[strings.LastIndexByte(op, '.')+1:]
	return !slices.ContainsFunc(reads, func(r string) bool { return strings.HasPrefix(op, r) })
}
