package dynamodb

import (
	"slices"

	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

func (s *Service) query(body []byte, m *meter) ([]byte, error) {
	var r struct {
		listing
		KeyConditionExpression *string
		ScanIndexForward       *bool
	}
	if err := decode("Query", body, &r); err != nil {
		return nil, err
	}
	if r.KeyConditionExpression == nil {
		return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	scope, err := expr.NewScope(r.ExpressionAttributeNames, r.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	w, err := s.prepareWalk(&r.listing, scope)
	if err != nil {
		return nil, err
	}
	w.backward = r.ScanIndexForward != nil && !*r.ScanIndexForward
	where, err := expr.ParseKeyCondition(*r.KeyConditionExpression, scope, w.keys.hash.name, w.keys.sort.name)
	if err != nil {
		return nil, err
	}
	if err := scope.Unused(); err != nil {
		return nil, err
	}
	if err := w.filterSparesKeys(); err != nil {
		return nil, err
	}
	if w.span, err = w.keys.span(where); err != nil {
		return nil, err
	}
	if err := w.startAfter(r.ExclusiveStartKey); err != nil {
		return nil, err
	}
	return s.list(w, &r.listing, m)
}

// filterSparesKeys refuses a query's filter on what belongs in the key condition.
func (w *walk) filterSparesKeys() error {
	if w.filter == nil {
		return nil
	}
	for _, p := range w.filter.Paths {
		if w.keys.has(p[0].Name) {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", p[0].Name)
		}
	}
	return nil
}

// span turns a key condition into a range.
func (k keys) span(c expr.KeyCondition) (span, error) {
	if err := k.checkCondition(c); err != nil {
		return span{}, err
	}
	prefix := attr.AppendPartition(nil, c.Partition)
	end := attr.After(prefix)
	at := func(i int) []byte { return attr.AppendKey(slices.Clone(prefix), c.Sort[i]) }
	// A key's encoding is the prefix of its entries in an index, so what follows it is after(encoding).
	switch c.Op {
	case "=":
		return span{at(0), attr.After(at(0))}, nil
	case "<":
		return span{prefix, at(0)}, nil
	case "<=":
		return span{prefix, attr.After(at(0))}, nil
	case ">":
		return span{attr.After(at(0)), end}, nil
	case ">=":
		return span{at(0), end}, nil
	case "BETWEEN":
		return span{at(0), attr.After(at(1))}, nil
	case "begins_with":
		p := attr.AppendKeyPrefix(slices.Clone(prefix), c.Sort[0])
		return span{p, attr.After(p)}, nil
	}
	return span{prefix, end}, nil
}

func (k keys) checkCondition(c expr.KeyCondition) error {
	if c.Partition.Kind != k.hash.kind {
		return parameter("Condition parameter type does not match schema type")
	}
	if err := checkKeyValue(k.hash, c.Partition, true); err != nil {
		return err
	}
	for _, v := range c.Sort {
		if v.Kind != k.sort.kind {
			return parameter("Condition parameter type does not match schema type")
		}
		if err := checkKeyValue(k.sort, v, false); err != nil {
			return err
		}
	}
	return nil
}

// partitions is the number of places that two bytes of hash tell apart.
const partitions = 1 << 16

func (s *Service) scan(body []byte, m *meter) ([]byte, error) {
	var r struct {
		listing
		Segment, TotalSegments *int
	}
	if err := decode("Scan", body, &r); err != nil {
		return nil, err
	}
	scope, err := expr.NewScope(r.ExpressionAttributeNames, r.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	w, err := s.prepareWalk(&r.listing, scope)
	if err != nil {
		return nil, err
	}
	if err := scope.Unused(); err != nil {
		return nil, err
	}
	if w.span, err = segment(r.Segment, r.TotalSegments); err != nil {
		return nil, err
	}
	if err := w.startAfter(r.ExclusiveStartKey); err != nil {
		return nil, err
	}
	return s.list(w, &r.listing, m)
}

// segment is one part of a parallel scan.
func segment(n, total *int) (span, error) {
	switch {
	case n == nil && total == nil:
		return span{}, nil
	case total == nil:
		return span{}, invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case n == nil:
		return span{}, invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case *total < 1 || *total > 1000000 || *n < 0:
		return span{}, invalid("1 validation error detected: Value at 'totalSegments' failed to satisfy constraint: Member must be between 1 and 1000000, 'segment' not negative")
	case *n >= *total:
		return span{}, invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *n, *total)
	}
	bound := func(i int) []byte { return []byte{byte(i * partitions / *total >> 8), byte(i * partitions / *total)} }
	out := span{from: bound(*n)}
	if *n+1 < *total {
		out.to = bound(*n + 1)
	}
	return out, nil
}
