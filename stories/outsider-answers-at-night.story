# A bag was forwarded to a partner, who answers at night: it is no customer's message, so it has no receipt and starts no target. Oleg, who has it, rests; Marta, who
# forwarded it, is called.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
+1m oleg claims
+5m marta forwards to Bruno
  status open
  target first_response
+12h30m Bruno goes on in Mira's conversation "It is in Lyon."
  why no receipt: third_party
  joins Mira's conversation
  conversations 1
  status open
  pages marta
+5m Bruno goes on in Mira's conversation "And it is blue."
  pages-nobody
