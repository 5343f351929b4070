# Friday evening, half an hour before the office closes: what is promised is promised by the clock, what follows waits for working hours, and nobody answers the angry one.
begin 2026-11-27T19:30:00+01:00
+0s Mira writes "Where is my boarding pass?"
  full receipt signed by marta
  due first_response 2026-11-28T19:30:00+01:00
  due resolution 2026-12-02T14:30:00+01:00
+5m Paolo writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by marta
  priority high
  promised within 1h
+45m the clock
  why falls due soon
+5m the clock
  notices renewed signed by marta
  promise renewed
+10m the clock
  target first_response breached
  pages marta
  notices-nobody
  promise renewed
+5m the clock
  pages oleg
+1m marta claims
  nobody-is-called any more
+4m marta answers
  sends a reply
  promise kept
  status pending
