# The out-of-office of somebody whom Mira forwarded our receipt to: kept at the bottom, and nobody is asked to confirm it.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
+5m Paolo goes on in Mira's conversation "I am away until Monday.", machine auto_submitted
  no-guest
  no receipt: auto_submitted
  conversations 2
