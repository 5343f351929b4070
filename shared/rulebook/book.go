package rulebook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Book is where the versions are kept and changed.
type Book struct {
	Store  *store.Store
	Bucket Bucket
	File   Body           // that is deployed where this is asked
	Policy *policy.Policy // the same, read
	Now    func() time.Time
}

// Who changes the rule book: an agent of what stands, by his id and the brands that he has not left, whatever what stands says of him; or an operator with credentials for the
// account, whom no role binds.
type Who struct {
	ID       string
	Brands   []string
	Operator bool
}

// Refused is why a change is not done, in words and by code; Problems are those of the rule book that was proposed.
type Refused struct {
	Code     desk.RulesRefusal
	About    string
	Problems []policy.Problem
}

func (r *Refused) Error() string {
	return strings.TrimPrefix(r.About+": ", ": ") + r.Code.Words()
}

func refuse(code desk.RulesRefusal) error { return &Refused{Code: code} }

// Standing is what stands now where this file is deployed, and all that was ever proposed.
type Standing struct {
	Head     desk.RuleHead
	Body     Body
	Policy   *policy.Policy
	Versions []desk.RuleBook // newest first
	Others   []desk.RuleHead // of files that are not deployed here: what was changed on them is not in this one
	Broken   string          // why what should stand cannot be read: the file stands in its place
}

// Of gives a version; nil when there is none.
func (s *Standing) Of(version string) *desk.RuleBook {
	i := slices.IndexFunc(s.Versions, func(r desk.RuleBook) bool { return r.Version == version })
	if i < 0 {
		return nil
	}
	return &s.Versions[i]
}

// Left is the newest version that was made at the console on another file than the deployed one, if that has taken its place: what it changed may not be in force. "" for none.
func (s *Standing) Left() string {
	if i := slices.IndexFunc(s.Others, func(h desk.RuleHead) bool { return h.Version != h.File }); i >= 0 && !s.within(s.Others[i].Version) {
		return s.Others[i].Version
	}
	return ""
}

// within tells whether a version is among those that what stands was made of.
func (s *Standing) within(version string) bool {
	at := s.Head.Version
	for range len(s.Versions) + 1 {
		if at == version {
			return true
		}
		r := s.Of(at)
		if r == nil || r.State == desk.RulesDeployed {
			return false
		}
		at = r.Parent
	}
	return false
}

// Standing reads it. What is deployed for the first time is written down on the way, where this may write.
func (b *Book) Standing(ctx context.Context) (*Standing, error) {
	heads, all, err := b.Store.RuleBooks(ctx)
	if err != nil {
		return nil, err
	}
	s := &Standing{Versions: all, Body: b.File, Policy: b.Policy, Head: desk.RuleHead{File: b.Policy.Version, Version: b.Policy.Version, By: desk.RulesBy}}
	slices.SortFunc(s.Versions, func(x, y desk.RuleBook) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.Version, y.Version)) })
	slices.SortFunc(heads, func(x, y desk.RuleHead) int { return y.At.Compare(x.At) })
	for _, h := range heads {
		if h.File == b.Policy.Version {
			s.Head = h
			continue
		}
		s.Others = append(s.Others, h)
	}
	if s.Head.Version == b.Policy.Version {
		return s, nil
	}
	body, err := b.Bucket.Get(ctx, s.Head.Sum)
	if err == nil {
		var problems []policy.Problem
		var p *policy.Policy
		if p, problems = body.Parse(); len(problems) > 0 {
			err = problems[0]
		} else {
			s.Body, s.Policy = body, p
		}
	}
	if err != nil {
		s.Broken = err.Error()
	}
	return s, nil
}

// Publish writes down the deployed file as a version that stands, once for each file: from then on it can be compared with, and gone back to. Before it stood what was changed last.
func (b *Book) Publish(ctx context.Context) (bool, error) {
	h, err := b.Store.RuleHead(ctx, b.Policy.Version)
	if err != nil || h != nil {
		return false, err
	}
	s, err := b.Standing(ctx)
	if err != nil || s.Head.Row > 0 {
		return false, err
	}
	sum, err := b.Bucket.Put(ctx, b.File)
	if err != nil {
		return false, err
	}
	now := b.Now().UTC()
	parent := ""
	if len(s.Others) > 0 {
		parent = slices.MaxFunc(s.Others, func(x, y desk.RuleHead) int { return x.Since.Compare(y.Since) }).Version
	}
	r := desk.RuleBook{Version: b.Policy.Version, Sum: sum, File: b.Policy.Version, Parent: parent, State: desk.RulesDeployed, By: desk.RulesBy, At: now}
	if was := s.Of(r.Version); was != nil { // what somebody proposed is deployed now
		r.Row = was.Row
	}
	head := desk.RuleHead{File: b.Policy.Version, Version: b.Policy.Version, Sum: sum, By: desk.RulesBy, At: now, Since: now}
	err = b.Store.KeepRules(ctx, []desk.RuleBook{r}, &head, nil) // the version is its own record: who deploys is the pipeline's to say
	if errors.Is(err, store.ErrMoved) {
		return false, nil // another instance did
	}
	return err == nil, err
}

// Proposal is a change as somebody wants it.
type Proposal struct {
	Text   string // the whole rule book, or with Brand that brand's block
	Brand  string
	Parent string // the version that it was made of; "" for whichever stands
	Why    string
}

// Drafted is a proposal that has been read: what it would be, and how it differs from what stands.
type Drafted struct {
	Standing *Standing
	Body     Body
	Policy   *policy.Policy
	Changes  []policy.Change
	Reach    policy.Reach
	Lines    []policy.Line
}

// Draft reads a proposal, changes nothing, and says whether it might be made by whom.
func (b *Book) Draft(ctx context.Context, who Who, p Proposal) (*Drafted, error) {
	s, err := b.Standing(ctx)
	if err != nil {
		return nil, err
	}
	text := []byte(strings.ReplaceAll(p.Text, "\r\n", "\n")) // as browsers send it
	if p.Brand != "" {
		if !who.Operator && !leads(s.Policy, who, p.Brand) {
			return nil, refuse(desk.RulesNotYours)
		}
		if text, err = policy.WithBlock([]byte(s.Body.Policy), p.Brand, string(text)); err != nil {
			return nil, refuse(desk.RulesNotYours)
		}
	}
	d := &Drafted{Standing: s, Body: s.Body.With(string(text))}
	var problems []policy.Problem
	if d.Policy, problems = d.Body.Parse(); len(problems) > 0 {
		return nil, &Refused{Code: desk.RulesBroken, Problems: problems}
	}
	d.Changes = policy.Changes(policy.Book{Policy: s.Policy, Text: []byte(s.Body.Policy)}, policy.Book{Policy: d.Policy, Text: text})
	d.Reach, d.Lines = policy.Furthest(d.Changes), policy.Lines(s.Body.Policy, string(text))
	if p.Brand != "" { // around a brand's block there is another's
		d.Lines = policy.Lines(policy.Block([]byte(s.Body.Policy), p.Brand), policy.Block(text, p.Brand))
	}
	switch {
	case d.Policy.Version == s.Policy.Version:
		return d, refuse(desk.RulesSame)
	case p.Parent != "" && p.Parent != s.Head.Version:
		return nil, refuse(desk.RulesOvertaken)
	case !may(who, s.Policy, d.Changes):
		return nil, refuse(desk.RulesNotYours)
	}
	return d, nil
}

// may tells whether somebody leads all that some changes are about. What no brand's block has is for who leads all brands; so is what changes words beside them alone.
func may(who Who, p *policy.Policy, changes []policy.Change) bool {
	if who.Operator || LeadsAll(p, who) {
		return true
	}
	return len(changes) > 0 && !slices.ContainsFunc(changes, func(c policy.Change) bool { return c.Brand == "" || !leads(p, who, c.Brand) })
}

// mayDecide tells whether somebody leads all that a version changes. Of one with more changes than a row names, only who leads all brands knows that.
func mayDecide(who Who, p *policy.Policy, r desk.RuleBook) bool {
	return may(who, p, r.Changes) && (len(r.Changes) < maxChanges || who.Operator || LeadsAll(p, who))
}

// leads tells whether somebody is a lead of a brand by what stands, and has not left it.
func leads(p *policy.Policy, who Who, brand string) bool {
	a := p.Agent(who.ID)
	return a != nil && p.Brand(brand) != nil && slices.Contains(who.Brands, brand) && slices.Contains(a.Brands, brand) && a.RoleAt(brand).Includes(policy.RoleLead)
}

// LeadsAll tells whether an agent leads every brand.
func LeadsAll(p *policy.Policy, who Who) bool {
	return !slices.ContainsFunc(p.Brands, func(b *policy.Brand) bool { return !leads(p, who, b.ID) })
}

// Bounds of what is kept.
const (
	maxOpen    = 20  // proposals that wait at once
	maxChanges = 100 // that a row names
	maxWhy     = 500
)

// Propose makes a change: at once where one lead is enough, else as a proposal that another lead must agree to.
func (b *Book) Propose(ctx context.Context, who Who, p Proposal) (desk.RuleBook, error) {
	d, err := b.Draft(ctx, who, p)
	if err != nil && d != nil && d.Standing.Head.By == who.ID {
		return *d.Standing.Of(d.Policy.Version), nil // the same once more
	}
	if err != nil {
		return desk.RuleBook{}, err
	}
	now, s := b.Now().UTC(), d.Standing
	r := desk.RuleBook{
		Version: d.Policy.Version, File: s.Head.File, Parent: s.Head.Version, State: desk.RulesProposed, By: who.ID, At: now, Why: cut(p.Why, maxWhy),
		Reach: d.Reach, Changes: d.Changes[:min(len(d.Changes), maxChanges)],
	}
	if was := s.Of(r.Version); was != nil {
		if was.Open(now) && was.Parent == r.Parent && was.By == r.By {
			return *was, nil // the same once more
		}
		if was.Stood() { // its row is the way back to it, and says who agreed
			return r, refuse(desk.RulesStood)
		}
		r.Row = was.Row
	}
	open := 0
	for _, x := range s.Versions {
		if x.Open(now) {
			open++
		}
	}
	switch {
	case d.Reach == policy.Stack:
		return r, refuse(desk.RulesStack)
	case d.Reach == policy.Away && open >= maxOpen:
		return r, refuse(desk.RulesFull)
	}
	if r.Sum, err = b.Bucket.Put(ctx, d.Body); err != nil {
		return r, err
	}
	if d.Reach == policy.Away {
		return r, b.keep(ctx, nil, r, nil, b.audit(r, desk.RulesProposedNow, who.ID, r.Why, s.Policy))
	}
	r.State, r.Decided, r.DecideAt = desk.RulesApproved, who.ID, &now
	return r, b.stand(ctx, s, r, who, desk.RulesActivated, r.Why)
}

func cut(s string, max int) string {
	s = strings.TrimSpace(s)
	for utf8.RuneCountInString(s) > max {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// stand lets a version stand.
func (b *Book) stand(ctx context.Context, s *Standing, r desk.RuleBook, who Who, what desk.ChangeName, why string) error {
	now := b.Now().UTC()
	h := s.Head
	h.Version, h.Sum, h.By, h.At = r.Version, r.Sum, who.ID, now
	if h.Row == 0 {
		h.Since = now
	}
	var first *desk.RuleBook
	if h.Row == 0 && s.Of(h.File) == nil { // what it changes has not been written down yet
		sum, err := b.Bucket.Put(ctx, b.File)
		if err != nil {
			return err
		}
		first = &desk.RuleBook{Version: h.File, Sum: sum, File: h.File, State: desk.RulesDeployed, By: desk.RulesBy, At: now.Add(-time.Millisecond)}
	}
	return b.keep(ctx, first, r, &h, b.audit(r, what, who.ID, why, s.Policy))
}

func (b *Book) keep(ctx context.Context, first *desk.RuleBook, r desk.RuleBook, h *desk.RuleHead, audit []desk.Change) error {
	books := []desk.RuleBook{r}
	if first != nil {
		books = append(books, *first)
	}
	err := b.Store.KeepRules(ctx, books, h, audit)
	if !errors.Is(err, store.ErrMoved) {
		return err
	}
	s, e := b.Standing(ctx) // by ourselves, perhaps, when the answer was lost
	if e != nil {
		return errors.Join(err, e)
	}
	if is := s.Of(r.Version); is != nil && is.State == r.State && is.By == r.By && is.At.Equal(r.At) && is.Decided == r.Decided && is.Row == r.Row+1 &&
		(h == nil || s.Head.Version == h.Version && s.Head.At.Equal(h.At) && s.Head.By == h.By) {
		return nil
	}
	return refuse(desk.RulesOvertaken)
}

// Approve agrees to a proposal, and lets it stand.
func (b *Book) Approve(ctx context.Context, who Who, version string) (desk.RuleBook, error) {
	s, r, err := b.open(ctx, who, version)
	if err != nil {
		return desk.RuleBook{}, err
	}
	now := b.Now().UTC()
	if s.Head.Version == r.Version && r.Decided == who.ID {
		return r, nil // the same once more
	}
	if no := r.Agree(s.Head, who.ID, now); no != "" {
		return r, refuse(no)
	}
	body, err := b.Bucket.Get(ctx, r.Sum) // what is agreed to can be read
	if err != nil {
		return r, err
	}
	if _, problems := body.Parse(); len(problems) > 0 {
		return r, &Refused{Code: desk.RulesBroken, Problems: problems}
	}
	r.State, r.Decided, r.DecideAt = desk.RulesApproved, who.ID, &now
	return r, b.stand(ctx, s, r, who, desk.RulesActivated, r.Why)
}

// open reads a version that somebody wants to decide on, if he leads all that it changes.
func (b *Book) open(ctx context.Context, who Who, version string) (*Standing, desk.RuleBook, error) {
	s, err := b.Standing(ctx)
	if err != nil {
		return nil, desk.RuleBook{}, err
	}
	r := s.Of(version)
	switch {
	case r == nil:
		return nil, desk.RuleBook{}, refuse(desk.RulesUnknown)
	case !mayDecide(who, s.Policy, *r):
		return nil, desk.RuleBook{}, refuse(desk.RulesNotYours)
	}
	return s, *r, nil
}

// Refuse ends a proposal: refused by another lead, withdrawn by who made it.
func (b *Book) Refuse(ctx context.Context, who Who, version, why string) (desk.RuleBook, error) {
	s, r, err := b.open(ctx, who, version)
	if err != nil {
		return desk.RuleBook{}, err
	}
	switch {
	case r.Decided == who.ID && (r.State == desk.RulesRefused || r.State == desk.RulesWithdrawn):
		return r, nil // the same once more
	case r.State != desk.RulesProposed:
		return r, refuse(desk.RulesEnded)
	}
	now, what := b.Now().UTC(), desk.RulesRefusedNow
	r.State, r.Decided, r.DecideAt = desk.RulesRefused, who.ID, &now
	if who.ID == r.By {
		r.State, what = desk.RulesWithdrawn, desk.RulesWithdrawnNow
	}
	return r, b.keep(ctx, nil, r, nil, b.audit(r, what, who.ID, cut(why, maxWhy), s.Policy))
}

// Rollback lets the version stand again that stood before from, which must stand now ("" for whichever does), or with to the one of that name. It was agreed to before, and needs
// nobody again.
func (b *Book) Rollback(ctx context.Context, who Who, from, to, why string) (desk.RuleBook, error) {
	s, err := b.Standing(ctx)
	if err != nil {
		return desk.RuleBook{}, err
	}
	if from != "" && from != s.Head.Version {
		if was := s.Of(from); was != nil && s.Head.By == who.ID && s.Head.Version == cmp.Or(to, was.Parent) {
			return *s.Of(s.Head.Version), nil // the same once more
		}
		return desk.RuleBook{}, refuse(desk.RulesOvertaken)
	}
	if to == "" {
		if r := s.Of(s.Head.Version); r != nil {
			to = r.Parent
		}
		if to == "" {
			return desk.RuleBook{}, refuse(desk.RulesFirst)
		}
	}
	r := s.Of(to)
	switch {
	case r == nil:
		return desk.RuleBook{}, refuse(desk.RulesUnknown)
	case !r.Stood():
		return *r, refuse(desk.RulesNever)
	case r.Version == s.Head.Version:
		return *r, refuse(desk.RulesSame)
	}
	body, err := b.Bucket.Get(ctx, r.Sum)
	if err != nil {
		return *r, err
	}
	p, problems := body.Parse()
	if len(problems) > 0 {
		return *r, &Refused{Code: desk.RulesBroken, Problems: problems}
	}
	changes := policy.Changes(policy.Book{Policy: s.Policy, Text: []byte(s.Body.Policy)}, policy.Book{Policy: p, Text: []byte(body.Policy)})
	switch {
	case !may(who, s.Policy, changes):
		return *r, refuse(desk.RulesNotYours)
	case policy.Furthest(changes) == policy.Stack:
		return *r, refuse(desk.RulesStack)
	}
	return *r, b.stand(ctx, s, *r, who, desk.RulesRolledBack, cut(why, maxWhy))
}

// Text gives what stands in a version.
func (b *Book) Text(ctx context.Context, s *Standing, version string) (Body, error) {
	if version == b.Policy.Version {
		return b.File, nil
	}
	r := s.Of(version)
	if r == nil {
		return Body{}, refuse(desk.RulesUnknown)
	}
	return b.Bucket.Get(ctx, r.Sum)
}

// maxAudited is for how many brands a change is written into the audit: a transaction has a hundred rows.
const maxAudited = 90

// audit is a line for each brand that a change is about.
func (b *Book) audit(r desk.RuleBook, what desk.ChangeName, by, why string, p *policy.Policy) (all []desk.Change) {
	about := map[string]bool{}
	everybody := len(r.Changes) == 0
	for _, c := range r.Changes {
		about[c.Brand] = true
		everybody = everybody || c.Brand == ""
	}
	now := b.Now().UTC()
	for _, brand := range p.Brands {
		if (everybody || about[brand.ID]) && len(all) < maxAudited {
			all = append(all, desk.Change{Brand: brand.ID, ID: fmt.Sprintf("%s-%s-%d", what, r.Version, r.Row), At: now, By: by, Name: what, About: r.Version, Why: why})
		}
	}
	return all
}

// A preview goes back so many days, until it has enough messages: a small desk's yesterday says little. Each day costs a query of each of its shards.
const (
	previewDays   = 7
	previewEnough = 100
)

// Preview tells what a draft would have made of a brand's messages of a UTC day, max at most; without a day of yesterday's, and where they are few of those of the days before.
func (b *Book) Preview(ctx context.Context, d *Drafted, brand, day string, max int) (desk.Preview, error) {
	on, back := b.Now().UTC().AddDate(0, 0, -1), previewDays
	if day != "" {
		var err error
		if on, err = time.Parse(time.DateOnly, day); err != nil {
			return desk.Preview{}, fmt.Errorf("the day %q is no date, as 2026-11-22 is", day)
		}
		back = 1
	}
	past, days, err := b.past(ctx, brand, on, back, max)
	if err != nil {
		return desk.Preview{}, err
	}
	rota, err := b.Store.Rota(ctx, brand)
	if err != nil {
		return desk.Preview{}, err
	}
	v := desk.Previewing(d.Standing.Policy, d.Policy, brand, desk.Day(on), past, rota.Overrides())
	v.Days, v.More = days, slices.ContainsFunc(days, func(d desk.PastDay) bool { return d.More })
	return v, nil
}

// past reads what opened conversations on a day, and where that is little on the days before, so many days in all.
func (b *Book) past(ctx context.Context, brand string, on time.Time, back, max int) (past []desk.Past, days []desk.PastDay, err error) {
	for i := range back {
		want := max
		if i > 0 {
			want = min(previewEnough, max) - len(past)
		}
		if want <= 0 {
			break
		}
		x := desk.PastDay{Day: desk.Day(on.AddDate(0, 0, -i))}
		some, more, err := b.Store.Opened(ctx, brand, x.Day, want)
		if err != nil {
			return nil, nil, err
		}
		x.Messages, x.More = len(some), more
		past, days = append(past, some...), append(days, x)
	}
	return past, days, nil
}
