package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatTheFunctionsAreMadeOf(t *testing.T) {
	t.Chdir("../..")
	out := filepath.Join(t.TempDir(), "sbom.json")
	var report bytes.Buffer
	if err := run(out, &report); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		BOMFormat   string `json:"bomFormat"`
		SpecVersion string `json:"specVersion"`
		Components  []struct {
			Type, Name, Version, PURL string
			Licenses                  []struct{ License struct{ ID string } }
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.BOMFormat != "CycloneDX" || doc.SpecVersion != "1.6" || len(doc.Components) < 10 {
		t.Fatalf("%s", b[:min(len(b), 400)])
	}
	seen := map[string]bool{}
	for _, c := range doc.Components {
		seen[c.Name] = true
		if c.Version == "" || c.PURL != "pkg:golang/"+c.Name+"@"+c.Version || len(c.Licenses) != 1 || c.Licenses[0].License.ID == "" {
			t.Errorf("%+v", c)
		}
	}
	if !seen["github.com/aws/aws-lambda-go"] || !seen["github.com/aws/aws-sdk-go-v2"] {
		t.Error("what every function has is not there")
	}
	for name := range seen {
		if strings.Contains(name, "aws-cdk-go") || strings.Contains(name, "bbolt") {
			t.Errorf("%s is no part of a function", name)
		}
	}
	if strings.Count(report.String(), "\n") != len(doc.Components) {
		t.Error("the report has not a line each")
	}
}

func TestLicences(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License\nVersion 2.0": "Apache-2.0", "Permission is hereby granted,\n free of charge, to any person": "MIT",
		"Redistributions in binary form must reproduce ... Neither the name of": "BSD-3-Clause", "Redistributions in binary form must\nreproduce the above": "BSD-2-Clause",
		"GNU GENERAL PUBLIC LICENSE": "",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "LICENSE.txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := licence(dir)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	if _, err := licence(t.TempDir()); err == nil {
		t.Error("a module without a licence")
	}
}
