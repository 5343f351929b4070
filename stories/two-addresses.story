# Mira writes from home, and goes on from her desk at work: another address is another contact, until an agent has said that it is she.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
+1h ana answers
+5m MiraAtWork goes on in Mira's conversation "I am at work now. It is red."
  guest unconfirmed
  full receipt
+1m ana confirms
  merged
+1m MiraAtWork goes on in Mira's conversation "It has wheels, too."
  joins Mira's conversation
  status open
  target first_response
