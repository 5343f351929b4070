# A person's answer meets the target; the clock rests while we wait for the customer, and her next message starts the next.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  target first_response
  target resolution
+20m marta answers
  sends a reply
  lane priority
  target first_response met
  target resolution paused
  promise kept
  status pending
+3h the clock
  nothing-happens
+1h Mira goes on "It is still not here, and this is a disgrace!"
  full receipt signed by marta
  status open
  target next_response
  target resolution
  promised within 2h
