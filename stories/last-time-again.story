# Who had the contact last has the next matter too, when on shift and able to speak the language: Oleg, though Marta is asked first this week.
begin 2026-11-23T10:00:00+01:00
+0s Ivan writes "Здравствуйте, где мой чемодан? Когда он прилетит?"
  full receipt signed by oleg
+3h Ivan writes "How do I change my seat on the flight?"
  full receipt signed by oleg
+0s Mira writes "How do I change my seat on the flight, please?"
  full receipt signed by marta
