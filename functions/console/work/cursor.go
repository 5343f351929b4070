package work

import (
	"encoding/base64"
	"time"
)

// maxCursor bounds a cursor: the longest place is some 70 bytes.
const maxCursor = 120

// toCursor hides a place in a list: clients hand it back and look at nothing in it.
func toCursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

// uncursor is the place that a cursor names, "" for the first page.
func uncursor(cursor string) (place string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	return string(b), err == nil && len(cursor) <= maxCursor
}

// placeForm is how a place in a list by time begins.
const placeForm = "2006-01-02T15:04:05.000Z"

// isPlace tells whether a place may be one in a list by time.
func isPlace(place string) bool {
	_, err := time.Parse(placeForm, place[:min(len(place), len(placeForm))])
	return err == nil
}
