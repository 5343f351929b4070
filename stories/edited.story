# An edit is read again: what is worse now comes first. Nothing is acknowledged or promised anew, and an older edit changes nothing.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Thanks for the nice flight!", on custom
  full receipt
  priority low
+5m Mira edits "My bag is lost and nobody answers, this is unacceptable!"
  priority high
  recalls-nothing
  says "My bag is lost and nobody answers, this is unacceptable!"
+0s Mira edits "My bag is lost."
  nothing-happens
+5m Mira edits "Thanks, all is well."
  priority high
  recalls-nothing
+1m Mira goes on "Thanks, all is well.", on custom
  no receipt: repeated
