package dynamodb

import (
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

// The shapes that single writes and transactions share.

type guard struct {
	TableName           string
	ConditionExpression *string
	expressions
	ReturnValuesOnConditionCheckFailure string
}

type putRequest struct {
	guard
	Item attr.Item
}

type keyRequest struct { // Delete and ConditionCheck
	guard
	Key attr.Item
}

type updateRequest struct {
	guard
	Key              attr.Item
	UpdateExpression *string
}

// prepare finds the table and parses the condition. The caller holds the definitions.
func (s *Service) prepare(g guard) (*write, *expr.Scope, error) {
	if err := oneOf("returnValuesOnConditionCheckFailure", g.ReturnValuesOnConditionCheckFailure, "ALL_OLD", "NONE"); err != nil {
		return nil, nil, err
	}
	scope, err := expr.NewScope(g.ExpressionAttributeNames, g.ExpressionAttributeValues)
	if err != nil {
		return nil, nil, err
	}
	w := &write{showOld: g.ReturnValuesOnConditionCheckFailure == "ALL_OLD"}
	if g.ConditionExpression != nil {
		if w.condition, err = expr.ParseCondition("ConditionExpression", *g.ConditionExpression, scope); err != nil {
			return nil, nil, err
		}
	}
	if w.table, err = s.lookup(g.TableName); err != nil {
		return nil, nil, err
	}
	if w.condition != nil {
		err = w.table.checkPaths(w.condition.Paths)
	}
	return w, scope, err
}

func (s *Service) preparePut(r putRequest) (*write, error) {
	w, scope, err := s.prepare(r.guard)
	if err != nil {
		return nil, err
	}
	if err := scope.Unused(); err != nil {
		return nil, err
	}
	if err := w.table.checkItem(r.Item); err != nil {
		return nil, err
	}
	w.put, w.key, w.place = r.Item, w.table.keys.of(r.Item), w.table.keys.encode(r.Item)
	return w, nil
}

func (s *Service) prepareUpdate(r updateRequest) (*write, error) {
	w, scope, err := s.prepare(r.guard)
	if err != nil {
		return nil, err
	}
	if r.UpdateExpression != nil {
		if w.update, err = expr.ParseUpdate(*r.UpdateExpression, scope); err != nil {
			return nil, err
		}
		if err := w.table.checkUpdate(w.update); err != nil {
			return nil, err
		}
	}
	return w, w.at(r.Key, scope)
}

// prepareKey prepares what needs a key alone: mark says which it is.
func (s *Service) prepareKey(r keyRequest, mark func(*write)) (*write, error) {
	w, scope, err := s.prepare(r.guard)
	if err != nil {
		return nil, err
	}
	mark(w)
	return w, w.at(r.Key, scope)
}

func (w *write) at(key attr.Item, scope *expr.Scope) error {
	if err := scope.Unused(); err != nil {
		return err
	}
	if err := w.table.checkKey(key); err != nil {
		return err
	}
	w.key, w.place = key, w.table.keys.encode(key)
	return nil
}

func removes(w *write) { w.remove = true }
func checks(w *write)  { w.check = true }

func (s *Service) putItem(body []byte, m *meter) ([]byte, error) {
	var r struct {
		putRequest
		returns
	}
	if err := decode("PutItem", body, &r); err != nil {
		return nil, err
	}
	if err := r.check("ALL_OLD"); err != nil {
		return nil, err
	}
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	w, err := s.preparePut(r.putRequest)
	if err != nil {
		return nil, err
	}
	return s.answer(w, r.returns, m)
}

func (s *Service) updateItem(body []byte, m *meter) ([]byte, error) {
	var r struct {
		updateRequest
		returns
	}
	if err := decode("UpdateItem", body, &r); err != nil {
		return nil, err
	}
	if err := r.check("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"); err != nil {
		return nil, err
	}
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	w, err := s.prepareUpdate(r.updateRequest)
	if err != nil {
		return nil, err
	}
	return s.answer(w, r.returns, m)
}

func (s *Service) deleteItem(body []byte, m *meter) ([]byte, error) {
	var r struct {
		keyRequest
		returns
	}
	if err := decode("DeleteItem", body, &r); err != nil {
		return nil, err
	}
	if err := r.check("ALL_OLD"); err != nil {
		return nil, err
	}
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	w, err := s.prepareKey(r.keyRequest, removes)
	if err != nil {
		return nil, err
	}
	return s.answer(w, r.returns, m)
}

// answer runs the write and tells what was asked for.
func (s *Service) answer(w *write, r returns, m *meter) ([]byte, error) {
	old, now, err := s.single(w, m)
	if err != nil {
		return nil, err
	}
	var show attr.Item
	switch r.ReturnValues {
	case "ALL_OLD":
		show = old
	case "ALL_NEW":
		show = now
	case "UPDATED_OLD":
		show = w.touched(old)
	case "UPDATED_NEW":
		show = w.touched(now)
	}
	o := newObject()
	if len(show) > 0 {
		o.item("Attributes", show)
	}
	m.one(o, r.ReturnConsumedCapacity)
	return o.end(), nil
}

// touched is the part of the item that the update's paths lead to.
func (w *write) touched(it attr.Item) attr.Item {
	if w.update == nil {
		return nil
	}
	return expr.Projection(w.update.Paths).Apply(it)
}
