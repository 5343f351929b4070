package webpush

import (
	"strings"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Of are the push services and the key of a desk.
func Of(s *setup.Setup, p *policy.Policy, keys desk.Keys) (Services, Key, error) {
	local := strings.FieldsFunc(strings.ToLower(s.Env(setup.HookAllow)), func(r rune) bool { return r == ',' || r == ' ' })
	key, err := KeyOf(keys.Derived("webpush"))
	return Services{Hosts: p.PushServices, Local: local}, key, err
}
