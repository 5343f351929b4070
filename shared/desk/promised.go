package desk

// Turned is what a decision makes of the promise to the customer: PromiseKept, PromiseBroken, or "" when neither became true by it.
func Turned(f Facts, d Decision) string {
	if d.Nothing || d.Conversation.Promise == nil {
		return ""
	}
	now := d.Conversation.Promise.State
	if now != PromiseKept && now != PromiseBroken {
		return ""
	}
	if f.Conversation != nil && f.Conversation.Promise != nil && f.Conversation.Promise.State == now {
		return "" // it was so before
	}
	return now
}
