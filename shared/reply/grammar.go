package reply

// grammars returns a language's way to say by when (ISO 639-1).
func grammars(lang string) (grammar, bool) {
	switch lang {
	case "en":
		return englishTime, true
	case "it":
		return italianTime, true
	case "es":
		return spanishTime, true
	case "fr":
		return frenchTime, true
	case "de":
		return germanTime, true
	case "pt":
		return portugueseTime, true
	case "ru":
		return russianTime, true
	}
	return grammar{}, false
}

var englishTime = grammar{
	today: "by {time} today", tomorrow: "by {time} tomorrow", date: "by {weekday} {day} {month}{year} at {time}",
	year: " ", zone: "{city} time",
	weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	months: [12]string{"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December"},
}

// One o'clock is singular in Italian and would elide before a figure; "le ore" takes any figure.
var italianTime = grammar{
	today: "entro {the} {time} di oggi", tomorrow: "entro {the} {time} di domani", date: "entro {the} {time} di {weekday} {day} {month}{year}",
	the: "le", theOne: "le ore", first: "1º", year: " ", zone: "ora di {city}",
	weekdays: [7]string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
	months: [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
		"luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
}

var spanishTime = grammar{
	today: "antes de {the} {time} de hoy", tomorrow: "antes de {the} {time} de mañana", date: "antes de {the} {time} del {weekday} {day} de {month}{year}",
	the: "las", theOne: "la", year: " de ", zone: "hora de {city}",
	weekdays: [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
	months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio",
		"julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}

// The French cities carry their own "de", which elides.
var frenchTime = grammar{
	today: "aujourd'hui avant {time}", tomorrow: "demain avant {time}", date: "le {weekday} {day} {month}{year} avant {time}",
	first: "1er", year: " ", zone: "heure {city}",
	weekdays: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
	months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre"},
}

// The day comes before "bis" where it is a word, as in "wird Ihnen heute bis 14:35 Uhr antworten".
var germanTime = grammar{
	today: "heute bis {time} Uhr", tomorrow: "morgen bis {time} Uhr", date: "bis {weekday}, {day}. {month}{year}, {time} Uhr",
	year: " ", zone: "Ortszeit {city}",
	weekdays: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
	months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni",
		"Juli", "August", "September", "Oktober", "November", "Dezember"},
}

var portugueseTime = grammar{
	today: "até {the} {time} de hoje", tomorrow: "até {the} {time} de amanhã", date: "até {the} {time} de {weekday}, {day} de {month}{year}",
	the: "às", theOne: "à", first: "1º", year: " de ", zone: "horário de {city}",
	weekdays: [7]string{"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado"},
	months: [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho",
		"julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
}

// The Russian weekdays stand in the accusative with their preposition, the months and the cities in the genitive.
var russianTime = grammar{
	today: "сегодня до {time}", tomorrow: "завтра до {time}", date: "{weekday}, {day} {month}{year}, до {time}",
	year: " ", yearEnd: " года", zone: "по времени {city}",
	weekdays: [7]string{"в воскресенье", "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу"},
	months: [12]string{"января", "февраля", "марта", "апреля", "мая", "июня",
		"июля", "августа", "сентября", "октября", "ноября", "декабря"},
}
