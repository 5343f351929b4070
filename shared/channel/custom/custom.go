// Package custom is the adapter of the custom channel: a brand's own system, or the bridge to any network, posts mentions to us, and gets receipts and
// replies as webhooks. Both ways are signed after Standard Webhooks (package webhook).
//
// What comes in is one JSON object:
//
//	{"id": "net-1234", "event": "created", "brand": "acme-air", "created_at": "2026-11-23T09:00:00Z",
//	 "author": {"handle": "@mira", "name": "Mira Novak", "bot": false},
//	 "text": "@acmeair my suitcase is lost", "lang": "en", "url": "https://net.example/1234", "in_reply_to": "net-1200"}
//
// The event is "created" when it is left out, "edited" or "deleted" when the author changed or withdrew the mention of this id. A field that we do not know
// is ignored, but the body is kept as it came.
//
// Invariants:
//   - A mention's id is the provider's, as text; who posts it twice posts one mention.
//   - Whatever leaves has an id that is unique on the channel and the same at each try, so that the other side can tell a repetition.
//   - Errors name the field and the remedy and repeat nothing of what was posted.
package custom

// Channel is the channel's name in the policy, the table and the ledger.
const Channel = "custom"
