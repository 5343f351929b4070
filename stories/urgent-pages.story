# What is urgent calls for somebody at once, by the priority lane and by a page.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "I am stranded at the airport with a medical emergency, please help me now!"
  full receipt signed by marta
  priority urgent
  lane priority
  pages marta
+2m marta claims
  assigned to marta
