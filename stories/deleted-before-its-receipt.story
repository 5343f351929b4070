# An author who deletes a mention before its receipt has left is not answered; nobody owes anything.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?", on custom
  full receipt
+10s Mira deletes it
  recalls the receipt
  no receipt: withdrawn
  says ""
  withdrawn
+5s Mira deletes it
  nothing-happens
+1m marta answers
  refused: withdrawn
+1m marta reopens
  refused: withdrawn
+0s the clock
  nothing-happens
+1m Mira goes on "Where is my suitcase?", on custom
  full receipt
  status open
