# Nobody says "I have it": the ladder is climbed three times, each step at its time, and then rests until somebody does.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "I am stranded at the airport with a medical emergency, please help me now!"
  pages marta
  target first_response
+5m the clock
  target first_response breached
  promise broken
  pages oleg
+10m the clock
  pages ana, marta
+10m the clock
  nothing-happens
+5m the clock
  pages marta
+5m the clock
  pages oleg
+10m the clock
  pages ana, marta
+15m the clock
  pages marta
+5m the clock
  pages oleg
+10m the clock
  pages ana, marta
  the-ladder is at its end
+24h ana claims
  assigned to ana
  nobody-is-called any more
