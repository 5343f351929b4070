# A long matter told in several posts is one conversation, with one receipt for those that come together, and goes on after the answer.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "I have flown with you for ten years (1/3)", on mastodon
  full receipt
+20s Mira goes on "and always with the same red bag, (2/3)", on mastodon
  shares the receipt
+20s Mira goes on "which is lost now, this is unacceptable! (3/3)", on mastodon
  shares the receipt
  conversations 1
  priority high
what was decided has left
+10m marta answers
  target first_response met
+2h  Mira goes on "It is still not here.", on mastodon
  full receipt
  conversations 1
