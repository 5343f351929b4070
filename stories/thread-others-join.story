# A thread at a network is everybody's: who joins in has a conversation of his own, with a receipt of his own, and Mira's goes on as if nobody had.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "Where is my bag?", on mastodon
  full receipt
+1m  Paolo goes on in Mira's conversation "Mine is gone, too!", on mastodon
  full receipt
  conversations 2
  no-guest
+3m  Mira answers the receipt "It is red.", on mastodon
  short receipt
  conversations 2
+1m  marta answers
  sends a reply
+5m  Paolo goes on in Mira's conversation "And where is mine?", on mastodon
  conversations 3
+5m  Mira goes on "Thank you, I have it.", on mastodon
  conversations 3
