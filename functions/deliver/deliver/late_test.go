package deliver_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/faults"
	"pronto/shared/desk"
)

var told = regexp.MustCompile(`by (\d\d:\d\d) today`)

// SES is away for longer than the time that was promised: the receipt that leaves then names a time to come, and the conversation carries the same.
func TestAReceiptHeldUpNamesATimeToCome(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses"})
	d.SendMail("mira@customer.example", strings.Replace(mail, "Where do I find my booking?", "My suitcase is lost, this is unacceptable!", 1), "care@acme.example")
	d.Turn(3 * time.Hour)
	strike(t, d)
	d.Turn(20 * time.Minute)
	for _, p := range d.Outbox() {
		if p.Kind != "receipt" {
			continue
		}
		m := told.FindStringSubmatch(p.Text)
		if m == nil {
			t.Fatalf("no time today in:\n%s", p.Text)
		}
		rome := d.Policy.Brands[0].Zone
		if left := p.At.In(rome).Format("15:04"); m[1] <= left {
			t.Errorf("it left at %s and names %s", left, m[1])
		}
		return
	}
	t.Fatalf("no receipt left; the sum is %+v", d.Day(desk.Day(d.Clock.Now())))
}
