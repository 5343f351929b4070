package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// filter is an event filter pattern: a tree of keys whose leaves are lists of what is allowed, strings, numbers and null to equal, {"prefix": …} or
// {"exists": …}. Keys that the record lacks match nothing but {"exists": false}. See "Lambda event filtering" in the developer guide; its other operators are refused.
type filter map[string]any

// Filter reads an event filter pattern and returns what tells whether a record passes it.
func Filter(pattern string) (func(record []byte) bool, error) {
	f, err := parseFilters([]string{pattern})
	return func(record []byte) bool { return matchAny(f, record) }, err
}

func parseFilters(patterns []string) ([]filter, error) {
	var out []filter
	for _, p := range patterns {
		d := json.NewDecoder(strings.NewReader(p))
		d.UseNumber()
		var f filter
		if err := d.Decode(&f); err != nil {
			return nil, fmt.Errorf("filter %s: %w", p, err)
		}
		if err := check(f); err != nil {
			return nil, fmt.Errorf("filter %s: %w", p, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func check(pattern map[string]any) error {
	for key, v := range pattern {
		switch v := v.(type) {
		case map[string]any:
			if err := check(v); err != nil {
				return err
			}
		case []any:
			for _, rule := range v {
				if err := checkRule(rule); err != nil {
					return fmt.Errorf("%s: %w", key, err)
				}
			}
		default:
			return fmt.Errorf("%s: want a list of allowed values", key)
		}
	}
	return nil
}

func checkRule(rule any) error {
	m, ok := rule.(map[string]any)
	if !ok {
		_, list := rule.([]any)
		if list {
			return fmt.Errorf("a list within a list")
		}
		return nil
	}
	_, text := m["prefix"].(string)
	_, truth := m["exists"].(bool)
	if len(m) == 1 && (text || truth) {
		return nil
	}
	return fmt.Errorf("operator %v is not implemented by the local AWS (equality, prefix and exists are)", m)
}

// matchAny holds when one of the filters takes the record.
func matchAny(filters []filter, record []byte) bool {
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return false
	}
	for _, f := range filters {
		if matchTree(f, v) {
			return true
		}
	}
	return false
}

func matchTree(pattern map[string]any, v any) bool {
	m, _ := v.(map[string]any) // of what is absent, nothing is there
	for key, want := range pattern {
		got, there := m[key]
		switch want := want.(type) {
		case map[string]any:
			if !matchTree(want, got) {
				return false
			}
		case []any:
			if !slices.ContainsFunc(want, func(rule any) bool { return matchRule(rule, got, there) }) {
				return false
			}
		}
	}
	return true
}

func matchRule(rule, got any, there bool) bool {
	m, operator := rule.(map[string]any)
	if !operator {
		return there && reflect.DeepEqual(rule, got)
	}
	if exists, ok := m["exists"].(bool); ok {
		_, tree := got.(map[string]any) // only leaves are looked at
		return exists == (there && !tree)
	}
	text, isText := got.(string)
	return isText && strings.HasPrefix(text, m["prefix"].(string))
}
