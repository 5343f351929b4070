# What no person wrote is kept, with the reason, beside what is owed and not among it; nobody is promised an answer. When a person writes, or an agent takes it up, it is owed like anything.
begin 2026-11-23T10:00:00+01:00
+0s Postbox writes "Undelivered mail returned to sender", machine null_return_path
  no receipt: null_return_path
  priority low
  nothing is promised
  stands among what nobody waits for
+1m Postbox goes on "We look into it, what was the number of the order?"
  full receipt
  target first_response
  stands to be answered
+1m Mira writes "My bag is lost!"
  full receipt
  priority high
+1s Mira answers the receipt "I am away until Monday, this is terrible.", machine auto_submitted
  no receipt: auto_submitted
  priority high
  stands to be answered
  conversations 2
+1m Offers writes "Half price on all seats", machine list
  stands among what nobody waits for
+1m marta snoozes 2h
  status snoozed
+2h the clock
  status open
  stands to be answered
# A person may be behind what was called spam, looped, or came from an address that takes no answer: somebody looks, though nothing is promised.
+1m Prize writes "You have won", machine spam
  nothing is promised
  stands to be answered
+1m Loop writes "Forwarded: where is my bag?", machine loop
  stands to be answered
+1m Form writes "Name: Pia. My bag is broken.", machine no_reply_sender
  stands to be answered
