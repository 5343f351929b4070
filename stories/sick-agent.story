# Marta falls ill with a complaint on her desk. When its answer is in danger it goes to who is there, with a note, and the customer is told once who has it now.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by marta
+5m marta is away for 72h
+0s Paolo writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by oleg
+1m Mira goes on "Is anybody there?"
  assigned to marta
+39m the clock
  why falls due soon
  handed over
  assigned to oleg
  notices handover signed by oleg
+5m the clock
  notices renewed signed by oleg
+10m the clock
  target first_response breached
  pages oleg
  notices-nobody
