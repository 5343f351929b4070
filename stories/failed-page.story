# A page that nobody can get does not wait: the next step is called at once. The steps behind it keep their times.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "I am stranded at the airport with a medical emergency, please help me now!"
  pages marta
+10s the page to marta fails
  pages oleg
  clock in 3m35s
+0s the page to marta fails
  nothing-happens
+20s the page to oleg fails
  pages ana, marta
# Everybody of this run was called. The next run keeps its time: who cannot be reached now cannot be reached a second later.
+1s the page to ana fails
  nothing-happens
+4m29s the clock
  target first_response breached
  pages-nobody
  clock in 25m
+25m the clock
  pages marta
+1m marta claims
  nobody-is-called any more
# A page that fails late calls nobody.
+1s the page to marta fails
  nothing-happens
