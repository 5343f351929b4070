# A stranger who knows the address of a receipt is no party to it. An agent says so, and what he wrote stays a matter of his own.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
+5m Eve goes on in Mira's conversation "Please send it to my address instead."
  guest unconfirmed
  conversations 2
  full receipt
+1m ana refuses
  guest refused
  status open
+1m ana confirms
  refused: no_guest
+5m Eve goes on in Mira's conversation "I asked you to send it to me."
  guest unconfirmed
  conversations 3
