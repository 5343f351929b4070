package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"pronto/shared/store"
)

// A cursor is saved by who read it last, and by nobody who read it before that.
func TestACursorIsFenced(t *testing.T) {
	rows := fresh(t).store(nil)
	read := func() store.Cursor {
		c, err := rows.Cursor(t.Context(), "acme-air", "email", "m1")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, two := read(), read()
	if !reflect.DeepEqual(one, store.Cursor{}) {
		t.Errorf("of a mailbox that was never polled: %+v", one)
	}
	one.Validity, one.Last, one.Until = 7, 41, time.Date(2026, 11, 23, 9, 2, 0, 0, time.UTC)
	if err := rows.SaveCursor(t.Context(), "acme-air", "email", "m1", &one); err != nil {
		t.Fatal(err)
	}
	if err := rows.SaveCursor(t.Context(), "acme-air", "email", "m1", &two); !errors.Is(err, store.ErrCursorMoved) {
		t.Errorf("the second of two that began: %v", err)
	}
	if got := read(); !reflect.DeepEqual(got, one) {
		t.Errorf("read %+v, saved %+v", got, one)
	}
	one.Last = 42
	if err := rows.SaveCursor(t.Context(), "acme-air", "email", "m1", &one); err != nil {
		t.Errorf("who saved it goes on: %v", err)
	}
	other, err := rows.Cursor(t.Context(), "acme-air", "email", "m2")
	if err != nil || other.Validity != 0 {
		t.Errorf("another mailbox's: %+v, %v", other, err)
	}
}
