# In the customer's language; in the brand's where the language has no receipt.
begin 2026-11-23T10:00:00+01:00
+0s Anna writes "Wo ist mein Koffer? Ich warte seit gestern am Flughafen."
  language de
  full receipt signed by marta
+0s Claire writes "Bonjour, où se trouve ma valise ? Je voudrais savoir quand elle arrive."
  language fr
+0s Lucia writes "Hola, ¿dónde está mi maleta? Me gustaría saber cuándo llega."
  language es
+0s Joana writes "Olá, onde está a minha mala? Gostaria de saber quando chega."
  language pt
+0s Ivan writes "Здравствуйте, где мой чемодан? Когда он прилетит?"
  language ru
+0s Joost writes "Goedendag, waar is mijn koffer gebleven? Ik wil graag weten wanneer die komt."
  language en
