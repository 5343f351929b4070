package triage

import "strings"

// The words that hurt, in English, Italian, Spanish, French, German, Portuguese and Russian. The lists are short on purpose: a word that an angry customer says of a thing,
// of the world or of himself is in none of them by itself. Whoever finds one that is missing adds it here, and looks at the figures in docs/triage.md.

// always are words with no other use than to hurt somebody.
var always = wordSet(`
motherfucker motherfuckers asshole assholes cunt cunts dickhead dickheads arsehole arseholes wanker wankers cocksucker cocksuckers fuckface fucktard fucktards douchebag douchebags shithead shitheads
vaffanculo fanculo stronzo stronzi stronza coglione coglioni testadicazzo figliodiputtana
hijodeputa hijueputa gilipollas malparido malparidos cabrones
connard connards connasse enculé enculés salopard salopards fdp ntm
arschloch arschlöcher hurensohn hurensöhne wichser fotze fotzen missgeburt
arrombado arrombados filhadaputa filhodaputa filhosdaputa otários
мудак мудаки мудила пидорас пидорасы ублюдок ублюдки долбоёб долбоёбы уёбок уёбки гандон гандоны
`)

// slurs are contempt for what people are.
var slurs = wordSet(`
nigger niggers faggot faggots kike kikes tranny trannies wetback wetbacks towelhead towelheads
frocio froci negraccio negracci
maricón maricones sudaca sudacas
pédale bougnoule bougnoules youpin youpins
kanake kanaken schwuchtel schwuchteln
viado viados
пидор пидоры хач хачи чурка чурки жид жиды
`)

// directed are insults when they are said to somebody.
var directed = wordSet(`
idiot idiots moron morons imbecile imbeciles bitch bitches bastard bastards scum cretin cretins retard retards retarded prick pricks twat twats whore parasites vermin
idiota idioti cretino cretini deficiente deficienti imbecille imbecilli bastardo bastardi merde troia puttana
idiotas imbécil imbéciles estúpido estúpidos estúpida cabrón puta putas subnormal subnormales inútiles mierda
imbécile débile débiles crétin crétins salope salopes ordures abrutis abruti
idiot idioten vollidiot vollidioten schlampe schwein schweine trottel penner abschaum drecksau
imbecil imbecis burro burros vagabundo vagabundos lixo cretinos
идиот идиоты дебил дебилы тварь твари сука суки кретин кретины придурок придурки скотина скоты мразь мрази уроды урод
`)

// persons are words for whom it is said to.
var persons = wordSet(`
you your youre u ur yall tu ti te voi vi siete sei tuo vostro vostri
tú usted ustedes vosotros sois eres vous toi t'es êtes du dich dir ihr euch bist seid você vocês vcs são
ты вы тебя вас тебе вам
`)

// curses are phrases that hurt whoever reads them.
var curses = phraseSet(`
fuck you
fuck u
fuck off
fuck yourself
fuck yourselves
fuck … of you
go fuck … yourself
go to hell you
piece of shit you
you piece of shit
you pieces of shit
you … piece of shit
you … pieces of shit
you … sack of shit
son of a bitch you
you son of a bitch
you sons of bitches
kill yourself
kill yourselves
drop dead you
suck my dick
eat shit
go die
vai a cagare
andate a cagare
testa di cazzo
teste di cazzo
figlio di puttana
figli di puttana
pezzo di merda
pezzi di merda
siete delle merde
che vi venga un cancro
hijo de puta
hijos de puta
vete a la mierda
váyanse a la mierda
iros a la mierda
que te jodan
que os jodan
chinga tu madre
chinguen a su madre
nique ta mère
va te faire foutre
allez vous faire foutre
allezvous faire foutre
allez vous faire enculer
fils de pute
bande de cons
bande d'idiots
bande d'abrutis
sale con
gros con
espèce de merde
fick dich
fickt euch
verpiss dich
verpisst euch
leck mich am arsch
leckt mich am arsch
halt die fresse
halt die schnauze
haltet die fresse
vai se foder
vão se foder
vai te foder
vai tomar no cu
vão tomar no cu
filho da puta
filhos da puta
filha da puta
vai à merda
пошел на хуй
пошел нахуй
пошли на хуй
пошли нахуй
иди на хуй
иди нахуй
идите на хуй
идите нахуй
чтоб ты сдох
чтоб вы сдохли
чтобы вы сдохли
еб твою мать
ёб твою мать
`)

// threats are phrases of violence to come.
var threats = phraseSet(`
i will … kill you
i'll … kill you
im going to kill you
i am going to kill you
i will … find you and
i'll … find you and
i know where you live
i know where you work
i hope you die
hope you all die
you deserve to die
you're dead meat
i will … burn your
i'll … burn your
i will … rape
i'll … rape
watch your back
im gonna kill you
i am gonna kill you
i will break your neck
i will break your legs
i will beat you up
i will shoot you all
vi ammazzo
ti ammazzo
vi uccido
ti uccido
vi ammazzerò
so dove abiti
so dove abitate
vi spacco la
ti spacco la
vi vengo a prendere
ti vengo a prendere
dovete morire
devi morire
spero che moriate
vi brucio
te voy a matar
os voy a matar
los voy a matar
voy a matarte
voy a mataros
sé dónde vives
sé dónde trabajas
ojalá te mueras
ojalá os muráis
ojalá se mueran
te voy a partir
os voy a partir
je vais te tuer
je vais vous tuer
je vais vous buter
je sais où tu habites
je sais où vous habitez
je vais te buter
je vous tuerai
je te tuerai
je vais … casser la gueule
j'espère que … crèverez
crevez tous
ich bring dich um
ich bringe dich um
ich bring euch um
ich bringe euch um
ich bringe sie um
ich töte dich
ich töte euch
ich weiß wo du wohnst
ich weiß wo ihr wohnt
ich weiß wo sie wohnen
ich schlag dich
ich schlage dich
ich schlag euch
verrecke
verreckt
vou te matar
vou matar você
vou matar vocês
eu te mato
eu mato vocês
sei onde você mora
sei onde vocês moram
vou te quebrar
vou quebrar a tua cara
tomara que … morra
я тебя убью
я вас убью
убью тебя
убью вас
я знаю где ты живешь
я знаю где вы живете
сожгу вас
сожгу ваш
сдохни
сдохните
`)

func wordSet(list string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(list) {
		for _, s := range spoken(w) {
			all[s.word] = true
		}
	}
	return all
}

// phraseSet are phrases by their first word.
func phraseSet(list string) map[string][][]string {
	all := map[string][][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(list), "\n") {
		var p []string
		for _, w := range strings.Fields(line) {
			if w == "…" {
				p = append(p, w)
				continue
			}
			word, _ := unmask(w)
			p = append(p, squeeze(word))
		}
		all[p[0]] = append(all[p[0]], p)
	}
	return all
}
