package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// filter is an event filter pattern: a tree of keys whose leaves are lists of what is allowed, strings, numbers and null to equal or {"prefix": …}.
// Keys that the record lacks do not match. See "Lambda event filtering" in the developer guide; its other operators are refused.
type filter map[string]any

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
	if _, text := m["prefix"].(string); len(m) == 1 && text {
		return nil
	}
	return fmt.Errorf("operator %v is not implemented by the local AWS (equality and prefix are)", m)
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
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for key, want := range pattern {
		got, ok := m[key]
		if !ok {
			return false
		}
		switch want := want.(type) {
		case map[string]any:
			if !matchTree(want, got) {
				return false
			}
		case []any:
			if !matchList(want, got) {
				return false
			}
		}
	}
	return true
}

func matchList(allowed []any, got any) bool {
	for _, rule := range allowed {
		if m, ok := rule.(map[string]any); ok {
			text, isText := got.(string)
			if isText && strings.HasPrefix(text, m["prefix"].(string)) {
				return true
			}
			continue
		}
		if reflect.DeepEqual(rule, got) {
			return true
		}
	}
	return false
}
