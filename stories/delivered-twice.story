# Every queue may deliver twice.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
the same event comes again
  taken before
  conversations 1
