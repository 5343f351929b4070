package dynamodb

import (
	"slices"

	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

// checkKey refuses what is not exactly the table's key.
func (t *table) checkKey(key attr.Item) error {
	if key == nil {
		return invalid("1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null")
	}
	list := t.keys.list()
	if len(key) != len(list) {
		return invalid("The provided key element does not match the schema")
	}
	for _, a := range list {
		v, ok := key.Get(a.name)
		if !ok || v.Kind != a.kind {
			return invalid("The provided key element does not match the schema")
		}
		if err := checkKeyValue(a, v, a == t.keys.hash); err != nil {
			return err
		}
	}
	return nil
}

func checkKeyValue(a keyAttribute, v attr.Value, hash bool) error {
	switch {
	case v.Str == "" && v.Kind == attr.S:
		return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", a.name)
	case v.Str == "" && v.Kind == attr.B:
		return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: %s", a.name)
	case hash && len(v.Str) > 2048:
		return parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case !hash && len(v.Str) > 1024:
		return parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

// checkItem refuses an item that the table cannot hold.
func (t *table) checkItem(it attr.Item) error {
	if it == nil {
		return invalid("1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null")
	}
	for _, a := range t.keys.list() {
		v, ok := it.Get(a.name)
		if !ok {
			return parameter("Missing the key %s in the item", a.name)
		}
		if v.Kind != a.kind {
			return parameter("Type mismatch for key %s expected: %s actual: %s", a.name, a.kind, v.Kind)
		}
		if err := checkKeyValue(a, v, a == t.keys.hash); err != nil {
			return err
		}
	}
	if err := t.checkIndexKeys(it); err != nil {
		return err
	}
	if it.Size() > maxItem {
		return invalid("Item size has exceeded the maximum allowed size")
	}
	return checkNames(it)
}

func checkNames(it attr.Item) error {
	for _, f := range it {
		if f.Name == "" || len(f.Name) > 65535 {
			return parameter("An attribute name must have 1 to 65535 bytes")
		}
	}
	return nil
}

// checkIndexKeys refuses attributes that would be keys of an index but have the wrong type, are empty or too long.
func (t *table) checkIndexKeys(it attr.Item) error {
	for _, x := range t.indexes {
		for _, a := range x.keys.list() {
			v, ok := it.Get(a.name)
			if !ok {
				continue
			}
			if v.Kind != a.kind {
				return parameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.name, a.kind, v.Kind, x.name)
			}
			if v.Str == "" && v.Kind != attr.N {
				return invalid("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s",
					map[attr.Kind]string{attr.S: "string", attr.B: "binary"}[v.Kind], x.name, a.name)
			}
			if err := checkKeyValue(a, v, a == x.keys.hash); err != nil {
				return err
			}
		}
	}
	return nil
}

// tooDeep refuses what an update has nested beyond the limit; requests are checked while they are read.
func tooDeep(it attr.Item) error {
	for _, f := range it {
		if depth(f.Value) > attr.MaxDepth {
			return invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
		}
	}
	return nil
}

func depth(v attr.Value) int {
	deepest := -1
	for _, e := range v.List {
		deepest = max(deepest, depth(e))
	}
	for _, f := range v.Map {
		deepest = max(deepest, depth(f.Value))
	}
	return deepest + 1
}

// checkPaths refuses expressions that look into key attributes, which are scalars.
func (t *table) checkPaths(paths []expr.Path) error {
	for _, p := range paths {
		if len(p) == 1 {
			continue
		}
		if t.keys.has(p[0].Name) {
			return invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: %s", p[0].Name)
		}
		if slices.ContainsFunc(t.indexes, func(x *index) bool { return x.keys.has(p[0].Name) }) {
			return invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: %s", p[0].Name)
		}
	}
	return nil
}

// checkUpdate refuses an update of the key, and one that would give an index a key of a wrong type.
func (t *table) checkUpdate(u *expr.Update) error {
	for _, p := range u.Paths {
		if t.keys.has(p[0].Name) {
			return parameter("Cannot update attribute %s. This attribute is part of the key", p[0].Name)
		}
	}
	for _, x := range t.indexes {
		for _, a := range x.keys.list() {
			if kind := u.Kind(a.name); kind != 0 && kind != a.kind {
				return parameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.name, a.kind, kind, x.name)
			}
		}
	}
	return t.checkPaths(u.Mentions)
}
