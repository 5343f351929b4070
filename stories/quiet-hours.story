# At night Oleg is not paged for what is high: the step that would be his takes the people of the next one.
begin 2026-11-23T22:30:00+01:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  priority high
  pages-nobody
+1h the clock
  target first_response breached
  pages marta
+5m the clock
  pages ana, marta
+1m the clock
  nothing-happens
# What is urgent wakes him.
+10m Paul writes "I am stranded at the airport with a medical emergency, please help me now!"
  priority urgent
  pages marta
+5m the clock
  pages oleg
+2m oleg claims
  nobody-is-called any more
