package oncall

import (
	"slices"
	"time"
)

// Cause is why agents are paged.
type Cause string

const (
	Urgent   Cause = "urgent"   // a conversation is urgent
	Breached Cause = "breached" // a target was not met
	Warned   Cause = "warned"   // a target's warning point was reached
	Forecast Cause = "forecast" // more will be late than those on shift can help; it climbs no ladder
)

// Mentioned is why an agent is called whom a note names. It is no cause that a rule book turns on or off, and climbs no ladder.
const Mentioned Cause = "mentioned"

// ThirdWrote is why an agent is called when somebody outside answers to whom a conversation was forwarded; the same holds of it.
const ThirdWrote Cause = "third_wrote"

// Causes are all causes.
var Causes = []Cause{Urgent, Breached, Warned, Forecast}

// The words that stand for people in a step. What is none of them is an agent's id.
const (
	OnCall = "on_call" // the first on shift, in layer order
	Second = "second"  // the next on shift
	Lead   = "lead"    // every lead of the brand
	Team   = "team"    // every agent of the brand
)

// RotationOf is the beginning of a word for whoever is on in the layer whose name follows.
const RotationOf = "rotation:"

// WebhookAt is the beginning of a word for a system that is told itself; its address follows.
const WebhookAt = "webhook:"

// Words are all words for people.
var Words = []string{OnCall, Second, Lead, Team}

// Step says who is paged, and when.
type Step struct {
	After time.Duration // since the run began; more than that of the step before
	Page  []string      // words and agents' ids
	Only  []string      // priorities that it is for; none: all
	When  Hours         // "": at every hour
}

// Hours say when a step is for.
type Hours string

const (
	WorkingHours Hours = "working"
	OutsideHours Hours = "outside"
)

// For reports whether the step is for a conversation of this priority, at an hour that is a working hour or not.
func (s Step) For(priority string, working bool) bool {
	return (len(s.Only) == 0 || slices.Contains(s.Only, priority)) && (s.When == "" || (s.When == WorkingHours) == working)
}

// Escalation is a ladder of steps, climbed until somebody has it. It is run several times; its steps are counted from 0 over all runs.
type Escalation struct {
	On         []Cause
	Steps      []Step
	Repeat     int           // how many times the ladder is run: 1 or more
	AgainAfter time.Duration // from a run's last step to the first of the next run
}

// Pages reports whether c pages anybody.
func (e Escalation) Pages(c Cause) bool { return slices.Contains(e.On, c) }

// Step gives a step by its number over all runs; false when the ladder has no such step.
func (e Escalation) Step(step int) (Step, bool) {
	if step < 0 || step >= len(e.Steps)*e.Repeat {
		return Step{}, false
	}
	return e.Steps[step%len(e.Steps)], true
}

// Next gives when a step is due in an escalation that began at since, where step counts the steps paged so far, so that the next one has that number.
// It is false when the last run is over. The times follow from since alone, so a late wake delays no later step.
func (e Escalation) Next(step int, since time.Time) (time.Time, bool) {
	s, ok := e.Step(step)
	if !ok {
		return time.Time{}, false
	}
	run := e.Steps[len(e.Steps)-1].After + e.AgainAfter
	return since.Add(time.Duration(step/len(e.Steps))*run + s.After), true
}
