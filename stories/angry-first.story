# An angry mail goes to the front, and its receipt by the priority lane.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by marta
  priority high
  lane priority
  language en
  promised within 1h
  target first_response
+3m Mira goes on "Thank you, I will wait."
  short receipt
  priority high
