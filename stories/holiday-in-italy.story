# 2 June is a holiday in Italy: what is counted in working time rests, what was promised by the clock does not.
begin 2026-06-01T19:00:00+02:00
+0s Mira writes "How do I change my seat, please?"
  due first_response 2026-06-02T19:00:00+02:00
  due resolution 2026-06-05T19:00:00+02:00
+10m ana answers
  sends a reply
  status pending
+10m Mira goes on "And how do I change my meal?"
  due next_response 2026-06-03T19:20:00+02:00
  why next_response
