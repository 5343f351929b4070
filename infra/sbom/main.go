// Command sbom writes what the functions are made of, as a CycloneDX 1.6 document, and the licences of it: `make sbom`. It lists the modules whose code is linked into a
// function, as the Go command tells, with the licence that each module's own file is recognised by. A module without a licence, or with one that nobody has judged, is an error.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	out := "dist/sbom.json"
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	if err := run(out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(out string, report io.Writer) error {
	all, err := linked("./functions/...")
	if err != nil {
		return err
	}
	var bad []error
	for i, m := range all {
		if all[i].Licence, err = licence(m.Dir); err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", m.Path, err))
		}
		fmt.Fprintf(report, "%-60s %-40s %s\n", m.Path, m.Version, all[i].Licence)
	}
	if len(bad) > 0 {
		return errors.Join(bad...)
	}
	b, err := json.MarshalIndent(document(all), "", " ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	if err := os.WriteFile(out, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// module is one whose code is linked.
type module struct {
	Path, Version, Dir, Sum string
	Main                    bool
	Licence                 string
}

// linked are the modules of the packages that the patterns' programs are made of, for Lambda, each once, by path.
func linked(patterns ...string) ([]module, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Module", "-tags", "lambda.norpc"}, patterns...)...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []module
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct{ Module *module }
		if err := d.Decode(&p); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if m := p.Module; m != nil && !m.Main && !slices.ContainsFunc(all, func(o module) bool { return o.Path == m.Path }) {
			all = append(all, *m)
		}
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// licences are those that were judged, by a phrase that only their text has. All of them let the desk be used, changed and passed on, with their notices.
var licences = []struct{ id, phrase string }{
	{"Apache-2.0", "Apache License"},
	{"BSD-3-Clause", "Neither the name of"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
	{"MIT", "Permission is hereby granted, free of charge"},
}

// licence recognises the licence of the module in dir.
func licence(dir string) (string, error) {
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "COPYING*", "license*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			continue
		}
		b, err := os.ReadFile(files[0])
		if err != nil {
			return "", fmt.Errorf("read its licence: %w", err)
		}
		text := strings.Join(strings.Fields(string(b)), " ")
		for _, l := range licences {
			if strings.Contains(text, l.phrase) {
				return l.id, nil
			}
		}
		return "", fmt.Errorf("nobody has judged its licence: read %s", filepath.Base(files[0]))
	}
	return "", errors.New("it has no licence")
}

// document is the list as CycloneDX 1.6. It has no time and no serial number: the same modules make the same bytes.
func document(all []module) any {
	type entry = map[string]any
	components := []entry{}
	for _, m := range all {
		name := "pkg:golang/" + m.Path + "@" + m.Version
		components = append(components, entry{
			"type": "library", "bom-ref": name, "name": m.Path, "version": m.Version, "purl": name,
			"licenses": []entry{{"license": entry{"id": m.Licence}}},
		})
	}
	return entry{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   entry{"component": entry{"type": "application", "bom-ref": "pronto", "name": "pronto", "licenses": []entry{{"license": entry{"id": "Apache-2.0"}}}}},
		"components": components,
	}
}
