package imports

import (
	"regexp"
	"strings"
)

// months by their names and usual short forms in the languages of the offices and of the
// people who come to them. A name that is two months in two languages (listopad) is none
// of them; those of other calendars (Amharic, Persian) are no months of ours.
var months = monthNames(
	"january jan januar januari januarie enero ene janvier janv janeiro gennaio ianuarie ocak январь января янв ιανουαριου ιανουαριος يناير januwari janyuwari ujanuwari ujanyuwari styczeń stycznia",
	"february feb februar februari februarie febrero février fevrier févr fevr fevereiro fev febbraio şubat февраль февраля фев φεβρουαριου φεβρουαριος فبراير شباط februwari ufebruwari luty lutego",
	"march mar marzo mars março marco maart mrt märz martie mart machi mac maret март марта μαρτιου μαρτιος مارس اذار matshi umatshi marzec marca",
	"april apr abril abr avril avr aprile aprilie aprili nisan апрель апреля апр απριλιου απριλιος ابريل افريل نيسان epreli uepreli kwiecień kwietnia",
	"may mayo mai maio mei maggio mayıs май мая μαιου μαιος مايو ماي ايار meyi umeyi maj maja",
	"june jun junio juin junho junie juni giugno iunie haziran июнь июня июн ιουνιου ιουνιος يونيو يونيه جوان حزيران ujuni czerwiec czerwca",
	"july jul julio juillet juil julho julie juli luglio iulie temmuz julai июль июля июл ιουλιου ιουλιος يوليو يوليه جويلية تموز julayi ujulayi lipiec lipca",
	"august aug agosto ago août aout augustus ağustos agosti agustus август августа авг αυγουστου αυγουστος اغسطس اوت اب agasti uagasti sierpień sierpnia",
	"september sep sept septiembre setiembre set septembre setembro settembre septembrie eylül septemba сентябрь сентября сен σεπτεμβριου σεπτεμβριος سبتمبر ايلول useptemba wrzesień września",
	"october oct octubre octobre outubro out oktober okt ottobre octombrie ekim oktoba октябрь октября окт οκτωβριου οκτωβριος اكتوبر oktobha uoktobha październik października",
	"november nov noviembre novembre novembro noiembrie kasım novemba ноябрь ноября ноя νοεμβριου νοεμβριος نوفمبر unovemba",
	"december dec diciembre dic décembre decembre déc dezembro dez desember des dezember dicembre decembrie aralık desemba декабрь декабря дек δεκεμβριου δεκεμβριος ديسمبر disemba udisemba grudzień grudnia",
)

func monthNames(lists ...string) map[string]int {
	all := map[string]int{}
	for i, list := range lists {
		for _, name := range strings.Fields(list) {
			all[name] = i + 1
		}
	}
	return all
}

// plainLetters writes the months of two words as one of one, puts signs in the place of
// year, month and day in Chinese, Japanese and Korean, and leaves out the signs that
// Arabic and Greek are written with or without.
var plainLetters = strings.NewReplacer(
	"年", "-", "月", "-", "日", "", "년", "-", "월", "-", "일", "",
	"كانون الثاني", "january", "تشرين الأول", "october", "تشرين الاول", "october", "تشرين الثاني", "november", "كانون الأول", "december", "كانون الاول", "december",
	"أ", "ا", "إ", "ا", "آ", "ا", "ά", "α", "έ", "ε", "ή", "η", "ί", "ι", "ϊ", "ι", "ΐ", "ι", "ό", "ο", "ύ", "υ", "ώ", "ω",
)

// beforeDays may stand before a day and say nothing more. Other words do say more:
// "before 4 October 2019".
var beforeDays = words(
	"on the el día dia le den op em",
	"monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun",
	"lunes lun martes mar miércoles miercoles mié mie jueves jue viernes vie sábado sabado sáb sab domingo dom",
	"lundi mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim",
	"segunda-feira segunda terça-feira terça ter quarta-feira quarta qua quinta-feira quinta qui sexta-feira sexta sex",
	"maandag ma dinsdag di woensdag wo donderdag do vrydag vrijdag vr saterdag zaterdag za sondag zondag zo",
	"montag mo dienstag mittwoch mi donnerstag freitag fr samstag sonntag",
	"jumatatu jumanne jumatano alhamisi ijumaa jumamosi jumapili",
	"umsombuluko ulwesibili ulwesithathu ulwesine ulwesihlanu umgqibelo isonto",
	"الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد",
	"понедельник пн вторник вт среда ср четверг чт пятница пт суббота сб воскресенье вс",
)

func words(lists ...string) map[string]bool {
	all := map[string]bool{}
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			all[w] = true
		}
	}
	return all
}

var wordFirst = regexp.MustCompile(`^(\pL+(?:-\pL+)?)[.,]?\s+(\d.*|\pL+\.?\s+\d.*)$`)

// withoutWeekday takes the day of the week off a date in small letters. Mar is Tuesday
// in Spanish and March.
func withoutWeekday(s string) string {
	m := wordFirst.FindStringSubmatch(s)
	if m != nil && beforeDays[m[1]] && (months[m[1]] == 0 || numbers3.MatchString(m[2])) {
		return m[2]
	}
	return s
}
