# Oleg and marta swap at the last minute: what comes in from then on is for the other, and what was promised in marta's name stays hers.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt signed by marta
+1m marta and oleg swap for 8h
+0s Paolo writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by oleg
+9h Ada writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by marta
