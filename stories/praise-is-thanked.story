# Praise is thanked at once, and keeps nobody from the front of the queue.
begin 2026-11-24T12:00:00+01:00
+0s Paolo writes "Grazie mille, un servizio eccellente e personale gentilissimo!"
  full receipt
  language it
  lane email
  priority low
