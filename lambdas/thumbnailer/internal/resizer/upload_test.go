package resizer

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseNotification(t *testing.T) {
	body, err := os.ReadFile("testdata/notification.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseNotification(string(body))
	if err != nil {
		t.Fatal(err)
	}
	want := []Upload{{
		Bucket: "amzn-s3-demo-bucket",
		Key:    "Happy Face+写.jpg",
		Stamp: Stamp{
			Sequencer: "0055AED6DCD90281E5",
			Time:      time.Unix(0, 0).UTC(),
			ETag:      "d41d8cd98f00b204e9800998ecf8427e",
			VersionID: "096fKKXTRTtl3on89fVO.nfljtsv6qko",
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTestEventIsNoUpload(t *testing.T) {
	_, err := parseNotification(`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"amzn-s3-demo-bucket"}`)
	if !errors.Is(err, errTestEvent) {
		t.Errorf("got %v", err)
	}
}

func TestBefore(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for name, test := range map[string]struct {
		a, b Stamp
		want bool
	}{
		"a smaller sequencer":                {Stamp{Sequencer: "0A1"}, Stamp{Sequencer: "0A2"}, true},
		"a larger sequencer":                 {Stamp{Sequencer: "0A2"}, Stamp{Sequencer: "0A1"}, false},
		"the same sequencer":                 {Stamp{Sequencer: "0A1"}, Stamp{Sequencer: "0A1"}, false},
		"shorter is filled up on the right":  {Stamp{Sequencer: "0A"}, Stamp{Sequencer: "09FF"}, false},
		"longer is later than its beginning": {Stamp{Sequencer: "0A"}, Stamp{Sequencer: "0A01"}, true},
		"zeros at the end say nothing":       {Stamp{Sequencer: "0A", Time: late}, Stamp{Sequencer: "0A00", Time: early}, false},
		"case says nothing":                  {Stamp{Sequencer: "0a"}, Stamp{Sequencer: "0A"}, false},
		"the sequencer goes before the time": {Stamp{Sequencer: "0A1", Time: late}, Stamp{Sequencer: "0A2", Time: early}, true},
		"without a sequencer the time tells": {Stamp{Time: early}, Stamp{Sequencer: "0A1", Time: late}, true},
		"and the other way round":            {Stamp{Sequencer: "0A1", Time: late}, Stamp{Time: early}, false},
		"another's object is older than all": {Stamp{}, Stamp{Sequencer: "0A1", Time: early}, true},
		"nothing is not before itself":       {Stamp{}, Stamp{}, false},
	} {
		if got := test.a.Before(test.b); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestStampTravelsAsMetadata(t *testing.T) {
	for _, stamp := range []Stamp{
		{},
		{Sequencer: "0A1", Time: time.Unix(1, 5000000).UTC(), ETag: "abc", VersionID: "v.1"},
		{Time: time.Unix(1, 0).UTC()},
	} {
		if diff := cmp.Diff(stamp, stampOf(stamp.metadata())); diff != "" {
			t.Error(diff)
		}
	}
}
