# An answer to a resolved conversation opens it again, with a new promise; an answer to a closed one opens another, which says what it follows.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
+1h ana answers
+5m ana resolves
  status resolved
+48h Mira goes on "It is still not here!"
  status open
  target next_response
  full receipt
  conversations 1
+1h ana resolves
the conversation is closed
+72h Mira goes on "And now it is broken."
  conversations 2
  follows
  full receipt
