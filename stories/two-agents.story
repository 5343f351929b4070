# Two who answer at once: one wins, the other is told.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
+5m marta answers
  sends a reply
+0s oleg answers what is no longer so
  refused: version_changed
+1m oleg claims
  assigned to oleg
+1m oleg resolves
  status resolved
+1m marta snoozes 2h
  refused: not_open
+1m marta reopens
  status open
  target next_response
