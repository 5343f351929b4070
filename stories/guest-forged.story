# A mail in Mira's own name that nothing proves, with the right ids: it opens a conversation of its own, gets no receipt, and an agent sees what it says.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
+5m Mira goes on "Please change the address of delivery.", silenced unauthenticated
  guest unconfirmed unproved
  no receipt: unauthenticated
  conversations 2
+5m Mira goes on "And it has wheels."
  no-guest
  conversations 2
