# What no person wrote is kept at the bottom of the queue, with the reason; nobody is promised an answer.
begin 2026-11-23T10:00:00+01:00
+0s Postbox writes "Undelivered mail returned to sender", machine null_return_path
  no receipt: null_return_path
  priority low
  nothing is promised
+1m Mira writes "My bag is lost!"
  full receipt
  priority high
+1s Mira answers the receipt "I am away until Monday, this is terrible.", machine auto_submitted
  no receipt: auto_submitted
  priority high
  conversations 2
