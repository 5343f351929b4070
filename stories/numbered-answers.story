# A responder that hides what it is and numbers its answers: the receipt, one short one, and then silence. A person who says other things, or numbers alone, is answered.
begin 2026-11-23T10:00:00+01:00
+0s Robot writes "Where is my order? I would like to know."
  full receipt
+3m Robot answers the receipt "Thank you for your message. Your ticket 4711 is with our team, who will answer soon."
  short receipt
+3m Robot answers the receipt "Thank you for your message. Your ticket 4712 is with our team, who will answer soon."
  no receipt: repeated
  conversations 1
+3m Robot answers the receipt "It is flight 610."
  short receipt
+3m Robot answers the receipt "It is flight 611."
  short receipt
