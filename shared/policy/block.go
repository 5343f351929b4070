package policy

import (
	"bytes"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Block gives the lines of a rule book that are one brand's: what its own lead may read and write. "" where the brand has none.
func Block(text []byte, brand string) string {
	from, to, ok := blockOf(text, brand)
	if !ok {
		return ""
	}
	return string(bytes.Join(bytes.SplitAfter(text, []byte("\n"))[from:to], nil))
}

// WithBlock is a rule book with another block for one brand. Whether nothing else is changed by it, Changes tells: a block may be written so that it runs into its
// neighbours.
func WithBlock(text []byte, brand, block string) ([]byte, error) {
	from, to, ok := blockOf(text, brand)
	if !ok {
		return nil, fmt.Errorf("there is no brand %s with lines of its own", quote(brand))
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if block != "" && block[len(block)-1] != '\n' {
		block += "\n"
	}
	return slices.Concat(bytes.Join(lines[:from], nil), []byte(block), bytes.Join(lines[to:], nil)), nil
}

// blockOf finds the lines from a brand's dash to the next brand's, or to the next key of the top.
func blockOf(text []byte, brand string) (from, to int, ok bool) {
	var doc yaml.Node
	if yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return 0, 0, false
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		brands := top[i+1]
		if top[i].Value != "brands" || brands.Kind != yaml.SequenceNode || brands.Style&yaml.FlowStyle != 0 {
			continue
		}
		to = len(bytes.SplitAfter(text, []byte("\n")))
		if i+2 < len(top) {
			to = top[i+2].Line - 1
		}
		for n, e := range slices.Backward(brands.Content) {
			if id := mapping(e)["id"]; id != nil && id.Value == brand && e.Line > top[i].Line {
				return e.Line - 1, to, true
			}
			if n > 0 {
				to = e.Line - 1
			}
		}
	}
	return 0, 0, false
}
