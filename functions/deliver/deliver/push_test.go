package deliver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local/desktest"
	"pronto/infra/local/pushservice"
	local "pronto/infra/pronto/desk"
	"pronto/infra/wiring"
	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/store"
)

// service is a push service, and a desk's surroundings that let it be reached.
func service(t *testing.T) (*pushservice.Service, local.Outside) {
	t.Helper()
	s := pushservice.New(func() time.Time { return monday })
	t.Cleanup(s.Close)
	return s, local.Outside{HookURL: s.URL} // what runs on this machine may be reached
}

// equip turns pushes on for a new browser of marta's.
func equip(t *testing.T, d *desktest.Desk, s *pushservice.Service) (*pushservice.Browser, string) {
	t.Helper()
	key, err := webpush.KeyOf(d.Keys.Derived("webpush"))
	if err != nil {
		t.Fatal(err)
	}
	b := s.Subscribe(key.Public())
	one := desk.Device{ID: d.Keys.Device(b.Endpoint), Endpoint: b.Endpoint, Public: b.Public, Auth: b.Auth, Key: key.Mark(), Language: "en", Added: d.Clock.Now(), Seen: d.Clock.Now()}
	if err := table(t, d).EditDevices(t.Context(), "marta", func(all desk.Devices) (desk.Devices, error) { return all.With(one) }); err != nil {
		t.Fatal(err)
	}
	return b, one.ID
}

// table is the store behind a client that no fault breaks.
func table(t *testing.T, d *desktest.Desk) *store.Store {
	t.Helper()
	cfg, err := d.AWS.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return store.New(dynamodb.NewFromConfig(cfg), wiring.Table)
}

func devices(t *testing.T, d *desktest.Desk) desk.Devices {
	t.Helper()
	all, err := table(t, d).Devices(t.Context(), "marta")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A page reaches the agent's devices beside the way of the rule book, and the way is what settles it.
func TestAPageIsPushedBesideItsWay(t *testing.T) {
	s, outside := service(t)
	d := desktest.New(t, desktest.Options{Start: monday, Outside: outside})
	phone, _ := equip(t, d, s)
	sold, gone := equip(t, d, s)
	s.Answers(sold, http.StatusGone, "")
	busy, resting := equip(t, d, s)
	s.Answers(busy, http.StatusTooManyRequests, "600")
	write(d)
	wantPages(t, d, "marta 0s")
	h := look(t, d)
	got := s.Took(phone)
	if len(got) != 1 || len(s.Wrong()) > 0 || h.ways["accepted mail"] != 1 {
		t.Fatalf("%+v, wrong %v, %v", got, s.Wrong(), h.ways)
	}
	if strings.Contains(got[0].Plain, canary) || strings.Contains(got[0].Plain, "Mira") || strings.Contains(got[0].Plain, "customer.example") || got[0].Topic != h.ref.Conversation {
		t.Errorf("%+v", got[0])
	}
	var n struct{ Open, Have string }
	if err := json.Unmarshal([]byte(got[0].Plain), &n); err != nil {
		t.Fatal(err)
	}
	called, good := d.Keys.Paged(strings.TrimPrefix(n.Have, "/page/"), monday)
	if n.Open != "/console/conversations/"+h.ref.Conversation || !good || called.Agent != "marta" || called.Ref != h.ref {
		t.Errorf("%s", got[0].Plain)
	}
	all := devices(t, d)
	if len(all) != 2 || all.Find(gone) != nil || all.Find(resting).Trouble != desk.PushLater || !all.Find(resting).Rest.Equal(monday.Add(10*time.Minute)) {
		t.Errorf("%+v", all)
	}
	ledger, err := json.Marshal(d.Ledger.Lines())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{phone.Endpoint, phone.Auth, n.Have} {
		if strings.Contains(string(ledger), secret) {
			t.Error("the ledger has an endpoint, a key or a link")
		}
	}
	// The next page leaves the resting one alone until its service takes pushes again.
	d.Turn(16 * time.Minute)
	if s.Asked(busy) != 2 || s.Asked(sold) != 1 || len(s.Took(phone)) < 2 {
		t.Errorf("asked for the busy one %d times, for the one that is gone %d times; the phone got %d", s.Asked(busy), s.Asked(sold), len(s.Took(phone)))
	}
}

// Where no way of the rule book takes a page, a push that was taken settles it; where none was, the next step is called at once, as ever.
func TestAPushStandsInForWaysThatFail(t *testing.T) {
	s, outside := service(t)
	for status, want := range map[int]string{0: "accepted push", http.StatusServiceUnavailable: "failed "} {
		d := desktest.New(t, desktest.Options{Start: monday, Outside: outside, Policy: rules(t, "      - webhook: "+s.URL+"/nobody\n")})
		phone, _ := equip(t, d, s)
		s.Answers(phone, status, "")
		write(d)
		called := map[string]bool{}
		for _, e := range look(t, d).timeline().Effects {
			if e.Page != nil {
				called[e.Page.Agent] = true
			}
		}
		if h := look(t, d); h.ways[want] != 1 || called["oleg"] != (status != 0) {
			t.Errorf("the service answers %d: %v, called %v", status, h.ways, called)
		}
	}
}

// A device that subscribed under another key of the desk's, or on which its agent was not seen for long, is asked nothing.
func TestADeviceOfBeforeIsLeftAlone(t *testing.T) {
	s, outside := service(t)
	d := desktest.New(t, desktest.Options{Start: monday, Outside: outside})
	old, id := equip(t, d, s)
	unseen, other := equip(t, d, s)
	if err := table(t, d).EditDevices(t.Context(), "marta", func(all desk.Devices) (desk.Devices, error) {
		all.Find(id).Key, all.Find(other).Seen = "of before", monday.Add(-desk.DeviceLife)
		return all, nil
	}); err != nil {
		t.Fatal(err)
	}
	write(d)
	if s.Asked(old)+s.Asked(unseen) != 0 {
		t.Error("it is pushed to")
	}
}

func TestATestIsPushedAndItsFateIsKept(t *testing.T) {
	s, outside := service(t)
	d := desktest.New(t, desktest.Options{Start: monday, Outside: outside})
	phone, id := equip(t, d, s)
	queue := sqs.NewFromConfig(d.Setup.AWS)
	try := func(at time.Time, device string) {
		body, err := lane.Trial{Agent: "marta", Device: device, At: at}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		url, err := queue.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &[]string{wiring.Page}[0]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := queue.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url.QueueUrl, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
		d.Settle()
	}
	try(monday.Add(-time.Hour), id)
	try(monday, "nobody")
	if len(s.Took(phone)) != 0 {
		t.Error("a test that is an hour old is sent")
	}
	try(monday, id)
	if got := s.Took(phone); len(got) != 1 || !strings.Contains(got[0].Plain, "A test from Pronto") || devices(t, d).Find(id).Tested == nil || devices(t, d).Find(id).Trouble != "" {
		t.Errorf("%+v %+v", got, devices(t, d))
	}
	s.Answers(phone, http.StatusForbidden, "")
	try(monday, id)
	if devices(t, d).Find(id).Trouble != desk.PushRefused {
		t.Errorf("%+v", devices(t, d))
	}
}

// Who is an agent no more has no devices from the next round on.
func TestAFormerAgentsDevicesAreDropped(t *testing.T) {
	s, outside := service(t)
	d := desktest.New(t, desktest.Options{Start: monday, Outside: outside})
	equip(t, d, s)
	one := devices(t, d)[0]
	if err := table(t, d).EditDevices(t.Context(), "nobody", func(all desk.Devices) (desk.Devices, error) { return all.With(one) }); err != nil {
		t.Fatal(err)
	}
	d.Schedule("forget")
	left, err := table(t, d).Equipped(t.Context())
	if err != nil || len(left) != 1 || left[0] != "marta" {
		t.Errorf("%v have devices, %v", left, err)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}

// The fault table over the delivery of a page with a device: whichever of its writes breaks, and however, it is pushed at least once, and twice under one topic.
func TestAPushSurvivesEveryFault(t *testing.T) {
	s, outside := service(t)
	play := func(t *testing.T, f *desktest.Fault) {
		d := desktest.NewBroken(t, desktest.Options{Start: monday, Outside: outside}, f)
		phone, _ := equip(t, d, s)
		sold, _ := equip(t, d, s)
		s.Answers(sold, http.StatusGone, "")
		write(d)
		d.Turn(4 * time.Minute)
		got := s.Took(phone)
		if n := len(got); n < 1 || n > 2 || got[n-1].Topic != got[0].Topic {
			t.Errorf("pushed %d times", n)
		}
		for _, e := range look(t, d).timeline().Effects {
			if e.Page != nil && e.Page.Agent == "marta" && slices.Contains([]desk.State{desk.Queued, desk.Sending, desk.Failed}, e.State) {
				t.Errorf("the page is %s", e.State)
			}
		}
	}
	whole := &desktest.Fault{}
	play(t, whole)
	learned := slices.Index(whole.Writes(), "DynamoDB.PutItem") + 1 // claim, mail, this, outcome
	if learned < 3 {
		t.Fatalf("%v", whole.Writes())
	}
	for at := learned - 2; at <= learned+1; at++ {
		for _, mode := range desktest.Modes() {
			t.Run(fmt.Sprintf("%d %s %s", at, whole.Writes()[at-1], mode), func(t *testing.T) { play(t, &desktest.Fault{At: at, Mode: mode}) })
		}
	}
}
