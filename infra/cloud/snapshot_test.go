package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hashed are the names of assets, by the hash of their content: a program's changes with every line of it, and says nothing of the stack.
var hashed = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// versioned is the hash of a function's code and settings at the end of a version's id, by which CloudFormation makes a new one.
var versioned = regexp.MustCompile(`(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}`)

// The stacks stand in files that somebody has read, a line for each resource and property: whoever changes a resource shows it in review, and whoever did not mean to is told.
func TestTheStacksAreAsReviewed(t *testing.T) {
	a := synth(t, "live")
	for name, template := range a.files {
		stack, ok := strings.CutSuffix(name, ".template.json")
		if !ok {
			continue
		}
		file, got := filepath.Join("testdata", strings.TrimPrefix(stack, a.stage.Prefix()+"-")+".txt"), shown(t, template)
		if again := shown(t, template); got != again {
			t.Fatalf("%s is shown in two ways", name)
		}
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not as it was reviewed: %s\ngo test ./infra/cloud -run TestTheStacksAreAsReviewed -update writes it anew; read the difference before you commit it", file, difference(want, []byte(got)))
		}
	}
}

// shown is a template as a person reads it: resources by id, each with its type and what else CloudFormation is told of it, a line a property, in order.
func shown(t *testing.T, template []byte) string {
	t.Helper()
	var tpl struct {
		Resources map[string]map[string]any
		Outputs   map[string]any
	}
	d := json.NewDecoder(bytes.NewReader(template))
	d.UseNumber()
	if err := d.Decode(&tpl); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(tpl.Resources)) {
		r := tpl.Resources[id]
		fmt.Fprintf(&b, "%s %s\n", id, r["Type"])
		for _, of := range slices.Sorted(maps.Keys(r)) {
			switch of {
			case "Type", "Metadata": // the CDK's path and the asset's place on the machine that synthesised
			case "Properties":
				tell(&b, "", r[of])
			default:
				tell(&b, "@"+of, r[of])
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(tpl.Outputs)) {
		fmt.Fprintf(&b, "output %s\n", id)
		tell(&b, "", tpl.Outputs[id])
	}
	return versioned.ReplaceAllString(hashed.ReplaceAllString(b.String(), "HASH"), "${1}HASH")
}

// tell writes a value, a line for each leaf under its path. CloudFormation's own functions are leaves.
func tell(b *strings.Builder, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			fmt.Fprintf(b, "  %s: {}\n", path)
		}
		if w, ok := worked(v); ok {
			say(b, path, w)
			return
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			tell(b, strings.TrimPrefix(path+"."+k, "."), v[k])
		}
	case []any:
		if len(v) == 0 {
			fmt.Fprintf(b, "  %s: []\n", path)
		}
		for i, x := range v {
			tell(b, fmt.Sprintf("%s[%d]", path, i), x)
		}
	case string:
		say(b, path, strings.ReplaceAll(v, "\n", "\\n"))
	default:
		fmt.Fprintf(b, "  %s: %v\n", path, v)
	}
}

// say writes a text; one that is JSON, as a dashboard's, in its parts.
func say(b *strings.Builder, path, text string) {
	var v map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if !json.Valid([]byte(text)) || d.Decode(&v) != nil || len(v) == 0 {
		fmt.Fprintf(b, "  %s: %s\n", path, text)
		return
	}
	spread(b, path+" = ", v)
}

// spread writes JSON, a line for what is no object and no list of these.
func spread(b *strings.Builder, path string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			spread(b, path+"."+k, x[k])
		}
		if len(x) > 0 {
			return
		}
	case []any:
		if len(x) > 0 && composed(x[0]) {
			for i, y := range x {
				spread(b, fmt.Sprintf("%s[%d]", path, i), y)
			}
			return
		}
	}
	line, _ := json.Marshal(v) // from JSON
	fmt.Fprintf(b, "  %s: %s\n", path, line)
}

func composed(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// worked is one of CloudFormation's functions in short: ${Id}, ${Id.Arn}, ${import Name}, and texts joined from these.
func worked(v map[string]any) (string, bool) {
	if len(v) != 1 {
		return "", false
	}
	for f, of := range v {
		switch f {
		case "Ref":
			return fmt.Sprintf("${%v}", of), true
		case "Fn::ImportValue":
			return fmt.Sprintf("${import %v}", of), true
		case "Fn::GetAtt":
			if parts, ok := of.([]any); ok && len(parts) == 2 {
				return fmt.Sprintf("${%v.%v}", parts[0], parts[1]), true
			}
		case "Fn::Join":
			return joined(of)
		}
	}
	return "", false
}

func joined(of any) (string, bool) {
	args, ok := of.([]any)
	if !ok || len(args) != 2 {
		return "", false
	}
	parts, ok := args[1].([]any)
	if !ok {
		return "", false
	}
	var all []string
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			all = append(all, strings.ReplaceAll(p, "\n", "\\n"))
		case map[string]any:
			w, ok := worked(p)
			if !ok {
				return "", false
			}
			all = append(all, w)
		default:
			return "", false
		}
	}
	return strings.Join(all, fmt.Sprint(args[0])), true
}
