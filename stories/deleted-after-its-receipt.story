# A receipt that has left cannot be recalled; what the author deleted is forgotten all the same, and not answered.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?", on custom
  full receipt
what was decided has left
+5m Mira deletes it
  recalls-nothing
  says ""
  withdrawn
+1m marta answers
  refused: withdrawn
