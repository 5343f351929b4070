package desk

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestADeviceIsPushedToWhileItIsItsAgents(t *testing.T) {
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	later := now.Add(time.Minute)
	all := Devices{
		{ID: "phone", Key: "k", Seen: now.Add(-time.Hour)}, {ID: "unseen", Key: "k", Seen: now.Add(-DeviceLife)},
		{ID: "old key", Key: "j", Seen: now}, {ID: "resting", Key: "k", Seen: now, Rest: &later},
	}
	if use := all.Use("k", now); len(use) != 1 || use[0].ID != "phone" {
		t.Errorf("%+v", use)
	}
	if use := all.Use("k", later); len(use) != 2 {
		t.Errorf("when the rest is over: %+v", use)
	}
}

func TestWhatBecameOfPushesIsLearned(t *testing.T) {
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	later := now.Add(time.Minute)
	all := Devices{{ID: "a"}, {ID: "b", Trouble: PushLater, Rest: &now}, {ID: "c"}, {ID: "d"}}
	if _, changed := all.Learn([]Pushed{{Device: "a"}, {Device: "nobody", Fate: PushGone}}, now); changed {
		t.Error("what was known is no change")
	}
	got, changed := all.Learn([]Pushed{{Device: "a", Fate: PushGone}, {Device: "b"}, {Device: "c", Fate: PushLater, Until: &later}, {Device: "d", Test: true}}, now)
	if !changed || len(got) != 3 || got.Find("a") != nil || got.Find("b").Trouble != "" || got.Find("b").Rest != nil || *got.Find("c").Rest != later || *got.Find("d").Tested != now {
		t.Errorf("%+v", got)
	}
	if all.Find("a") == nil || all.Find("c").Rest != nil {
		t.Errorf("what was read is changed: %+v", all)
	}
}

func TestAnAgentHasSoManyDevices(t *testing.T) {
	var all Devices
	for i := range MaxDevices {
		var err error
		if all, err = all.With(Device{ID: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := all.With(Device{ID: "one more"}); !errors.Is(err, ErrDevices) {
		t.Error(err)
	}
	if all, err := all.With(Device{ID: "3", Name: "anew"}); err != nil || len(all) != MaxDevices || all.Find("3").Name != "anew" {
		t.Error(all, err)
	}
}
