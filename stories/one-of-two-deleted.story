# Of two messages that share a receipt one is deleted: the receipt leaves for the other, which is still to be answered.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?", on custom
  full receipt
+30s Mira goes on "It is red.", on custom
  shares the receipt
+10s Mira deletes it
  recalls-nothing
  no receipt: withdrawn
  status open
  target first_response
+1m marta answers
  sends a reply
