# The night in which an hour comes twice in Rome: it is worked twice. Sydney has it in its day, New York changes a week later.
by the rule book sun.yaml
begin 2026-10-24T23:30:00+02:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by marta
  due first_response 2026-10-25T02:00:00+02:00
+1h Ada writes "This is the worst airline, nobody helps me and I am angry!"
  due first_response 2026-10-25T02:30:00+02:00
+2h Paolo writes "This is the worst airline, nobody helps me and I am angry!"
  full receipt signed by oleg
  due first_response 2026-10-25T03:30:00+01:00
