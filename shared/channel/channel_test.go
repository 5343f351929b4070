package channel

import (
	"errors"
	"fmt"
	"testing"
)

func TestFatesOfAnError(t *testing.T) {
	cause := errors.New("mailbox unknown")
	for _, c := range []struct {
		name              string
		err               error
		permanent, unsent bool
	}{
		{"permanent", fmt.Errorf("send: %w", Permanent(cause)), true, false},
		{"unsent", fmt.Errorf("send: %w", Unsent(cause)), false, true},
		{"unknown", cause, false, false},
		{"none", nil, false, false},
	} {
		if IsPermanent(c.err) != c.permanent || IsUnsent(c.err) != c.unsent {
			t.Errorf("%s: permanent %v, unsent %v", c.name, IsPermanent(c.err), IsUnsent(c.err))
		}
		if c.err != nil && !errors.Is(c.err, cause) {
			t.Errorf("%s: lost its cause", c.name)
		}
	}
}
