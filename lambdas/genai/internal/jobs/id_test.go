package jobs

import (
	"strings"
	"testing"
	"time"
)

const alice = "0a1b2c3d-0000-4000-8000-00000000a11c"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestIDsAreWhatAPIGatewayMakes(t *testing.T) {
	id, err := NewID(noon, alice, "order-7_b")
	if err != nil || id.String() != "17954-0a1b2c3d-order-7_b" {
		t.Fatalf("%s %v", id, err)
	}
	parsed, err := ParseID(id.String())
	if err != nil || parsed != id {
		t.Errorf("%v comes back as %v %v", id, parsed, err)
	}
	if noon.Before(id.Begins()) || !noon.Before(id.Ends()) || id.Ends().Sub(id.Begins()) != 100_000*time.Second {
		t.Errorf("from %s to %s", id.Begins(), id.Ends())
	}
	for _, digits := range []time.Time{id.Begins(), id.Ends().Add(-time.Millisecond)} {
		if same, _ := NewID(digits, alice, "order-7_b"); same != id {
			t.Errorf("at %s it is %s", digits, same)
		}
	}
	if next, _ := NewID(id.Ends(), alice, "order-7_b"); next == id {
		t.Error("the next period has the same ID")
	}
}

func TestWhoseAnIDMayBe(t *testing.T) {
	id, _ := NewID(noon, alice, "k")
	for owner, want := range map[string]bool{
		alice: true, "0a1b2c3d": true, "0a1b2c3": false, "": false, "1a1b2c3d-0000": false, "x0a1b2c3d": false,
	} {
		if id.OwnedBy(owner) != want {
			t.Errorf("%q owns it: %t", owner, !want)
		}
	}
	if (ID{}).OwnedBy(alice) {
		t.Error("everyone owns nothing")
	}
}

func TestWhatIsNoID(t *testing.T) {
	for _, text := range []string{
		"", "17954", "17954-0a1b2c3d", "17954-0a1b2c3d-", "1795-0a1b2c3d-k", "179540-0a1b2c3d-k", "17954-0a1b2c3-k",
		"17954-0a1b2c3d-" + strings.Repeat("k", 65), "17954-0a1b2c3d-k k", "17954-0a1b2c3d-ü", "17954-0a1b2c3d-k\n",
		"\n17954-0a1b2c3d-k", "17954-0a1b2c3d-../x", "17954-0a1b*c3d-k", "+7954-0a1b2c3d-k", "١٧٩٥٤-0a1b2c3d-k",
	} {
		if id, err := ParseID(text); err == nil {
			t.Errorf("%q is %v", text, id)
		}
	}
	for _, owner := range []string{"", "short", "*a1b2c3d-0000"} {
		if id, err := NewID(noon, owner, "k"); err == nil {
			t.Errorf("%q has the job %v", owner, id)
		}
	}
}
