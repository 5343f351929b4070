# Nobody keeps what is too hard for him, and somebody is called all the same: the next who has not passed it on, and when all have, who is on call.
begin 2026-11-23T22:30:00+01:00
+0s Mira writes "I am stranded at the airport with a medical emergency, please help me now!"
  priority urgent
  pages marta
+1m marta passes it on
  assigned to oleg
  pages oleg
+5m the clock
  pages oleg
+1m oleg passes it on
  pages ana
+10m the clock
  pages ana
+1m ana claims
  nobody-is-called any more
+1m ana passes it on
  pages marta
+5m the clock
  pages oleg
