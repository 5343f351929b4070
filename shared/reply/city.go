package reply

import "strings"

// cityName is the city of an IANA zone in a language, in the form its grammar needs, or "" where none is known: then the offset alone is
// named, which is true everywhere.
func cityName(lang, zone string) string {
	area, city, found := strings.Cut(zone, "/")
	if !found || area == "Etc" {
		return ""
	}
	if lang == "en" {
		city = city[strings.LastIndexByte(city, '/')+1:]
		return strings.ReplaceAll(city, "_", " ")
	}
	for _, c := range cities {
		if c.zone == zone {
			return c.in(lang)
		}
	}
	return ""
}

// city is a zone's city in the languages whose name for it is not the zone's own. "" where the language would need an article.
type city struct {
	zone, it, es, fr, de, pt, ru string
}

func (c city) in(lang string) string {
	switch lang {
	case "it":
		return c.it
	case "es":
		return c.es
	case "fr":
		return c.fr
	case "de":
		return c.de
	case "pt":
		return c.pt
	case "ru":
		return c.ru
	}
	return ""
}

// cities are those that a customer of the seven languages is likely to live by. A slice, laid out by the linker: nothing is built at start.
var cities = []city{
	{"Europe/Rome", "Roma", "Roma", "de Rome", "Rom", "Roma", "Рима"},
	{"Europe/London", "Londra", "Londres", "de Londres", "London", "Londres", "Лондона"},
	{"Europe/Paris", "Parigi", "París", "de Paris", "Paris", "Paris", "Парижа"},
	{"Europe/Berlin", "Berlino", "Berlín", "de Berlin", "Berlin", "Berlim", "Берлина"},
	{"Europe/Madrid", "Madrid", "Madrid", "de Madrid", "Madrid", "Madri", "Мадрида"},
	{"Europe/Lisbon", "Lisbona", "Lisboa", "de Lisbonne", "Lissabon", "Lisboa", "Лиссабона"},
	{"Europe/Moscow", "Mosca", "Moscú", "de Moscou", "Moskau", "Moscou", "Москвы"},
	{"Europe/Vienna", "Vienna", "Viena", "de Vienne", "Wien", "Viena", "Вены"},
	{"Europe/Zurich", "Zurigo", "Zúrich", "de Zurich", "Zürich", "Zurique", "Цюриха"},
	{"Europe/Brussels", "Bruxelles", "Bruselas", "de Bruxelles", "Brüssel", "Bruxelas", "Брюсселя"},
	{"Europe/Amsterdam", "Amsterdam", "Ámsterdam", "d'Amsterdam", "Amsterdam", "Amsterdã", "Амстердама"},
	{"Europe/Dublin", "Dublino", "Dublín", "de Dublin", "Dublin", "Dublin", "Дублина"},
	{"Europe/Athens", "Atene", "Atenas", "d'Athènes", "Athen", "Atenas", "Афин"},
	{"Europe/Warsaw", "Varsavia", "Varsovia", "de Varsovie", "Warschau", "Varsóvia", "Варшавы"},
	{"Europe/Prague", "Praga", "Praga", "de Prague", "Prag", "Praga", "Праги"},
	{"Europe/Budapest", "Budapest", "Budapest", "de Budapest", "Budapest", "Budapeste", "Будапешта"},
	{"Europe/Bucharest", "Bucarest", "Bucarest", "de Bucarest", "Bukarest", "Bucareste", "Бухареста"},
	{"Europe/Stockholm", "Stoccolma", "Estocolmo", "de Stockholm", "Stockholm", "Estocolmo", "Стокгольма"},
	{"Europe/Copenhagen", "Copenaghen", "Copenhague", "de Copenhague", "Kopenhagen", "Copenhague", "Копенгагена"},
	{"Europe/Oslo", "Oslo", "Oslo", "d'Oslo", "Oslo", "Oslo", "Осло"},
	{"Europe/Helsinki", "Helsinki", "Helsinki", "d'Helsinki", "Helsinki", "Helsinque", "Хельсинки"},
	{"Europe/Istanbul", "Istanbul", "Estambul", "d'Istanbul", "Istanbul", "Istambul", "Стамбула"},
	{"Asia/Yekaterinburg", "Ekaterinburg", "Ekaterimburgo", "d'Iekaterinbourg", "Jekaterinburg", "Ecaterimburgo", "Екатеринбурга"},
	{"Asia/Dubai", "Dubai", "Dubái", "de Dubaï", "Dubai", "Dubai", "Дубая"},
	{"Asia/Singapore", "Singapore", "Singapur", "de Singapour", "Singapur", "Singapura", "Сингапура"},
	{"Asia/Hong_Kong", "Hong Kong", "Hong Kong", "de Hong Kong", "Hongkong", "Hong Kong", "Гонконга"},
	{"Asia/Shanghai", "Shanghai", "Shanghái", "de Shanghai", "Shanghai", "Xangai", "Шанхая"},
	{"Asia/Tokyo", "Tokyo", "Tokio", "de Tokyo", "Tokio", "Tóquio", "Токио"},
	{"Australia/Sydney", "Sydney", "Sídney", "de Sydney", "Sydney", "Sydney", "Сиднея"},
	{"Africa/Johannesburg", "Johannesburg", "Johannesburgo", "de Johannesburg", "Johannesburg", "Joanesburgo", "Йоханнесбурга"},
	{"America/New_York", "New York", "Nueva York", "de New York", "New York", "Nova York", "Нью-Йорка"},
	{"America/Chicago", "Chicago", "Chicago", "de Chicago", "Chicago", "Chicago", "Чикаго"},
	{"America/Denver", "Denver", "Denver", "de Denver", "Denver", "Denver", "Денвера"},
	{"America/Los_Angeles", "Los Angeles", "Los Ángeles", "de Los Angeles", "Los Angeles", "Los Angeles", "Лос-Анджелеса"},
	{"America/Toronto", "Toronto", "Toronto", "de Toronto", "Toronto", "Toronto", "Торонто"},
	{"America/Mexico_City", "Città del Messico", "Ciudad de México", "de Mexico", "Mexiko-Stadt", "", "Мехико"},
	{"America/Bogota", "Bogotá", "Bogotá", "de Bogota", "Bogotá", "Bogotá", "Боготы"},
	{"America/Lima", "Lima", "Lima", "de Lima", "Lima", "Lima", "Лимы"},
	{"America/Santiago", "Santiago", "Santiago", "de Santiago", "Santiago", "Santiago", "Сантьяго"},
	{"America/Sao_Paulo", "San Paolo", "São Paulo", "de São Paulo", "São Paulo", "São Paulo", "Сан-Паулу"},
	{"America/Argentina/Buenos_Aires", "Buenos Aires", "Buenos Aires", "de Buenos Aires", "Buenos Aires", "Buenos Aires", "Буэнос-Айреса"},
}
