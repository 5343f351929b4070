package mail

import "strings"

// Mailbox is the address without what its owner may vary at will: +details, and the dots that Gmail ignores. It tells contacts apart; mail goes to the
// address as it was written.
func Mailbox(address string) string {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if plain, _, ok := strings.Cut(local, "+"); ok && plain != "" {
		local = plain
	}
	if domain == "gmail.com" || domain == "googlemail.com" {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + domain
}
