# The night in which Rome skips an hour; New York skipped it three weeks before, and Sydney will gain one a week later. Working time counts what the clock shows.
by the rule book sun.yaml
begin 2026-03-28T23:30:00+01:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by oleg
  due first_response 2026-03-29T03:00:00+02:00
+30m Paolo writes "Where is my boarding pass?"
  full receipt signed by oleg
  due first_response 2026-03-29T05:00:00+02:00
+1h Ada writes "This is the worst airline, nobody helps me and I am angry!"
  due first_response 2026-03-29T04:00:00+02:00
