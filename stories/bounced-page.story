# A mail that comes back: Ana is called by her next way, too.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "I am stranded at the airport with a medical emergency, please help me now!"
  pages marta
+5m the clock
  pages oleg
+10m the clock
  pages ana, marta
+30s the page to ana bounces
  pages ana
+1m ana answers
  sends a reply
  nobody-is-called any more
