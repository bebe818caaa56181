package items

import (
	"slices"
	"testing"
	"time"
)

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		encodeCursor(missingID), "", "AQ", "AgGasAAAAHAAgAAAAAAAAAA", "AQGasAAAAHAAgAAAAAAAAAB", "AQAAAAAAAAAAAAAAAAAAAAA", "_____________________-8", missingID,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		id, err := decodeCursor(cursor)
		if err != nil {
			return
		}
		if _, ok := parseID(id); !ok || encodeCursor(id) != cursor {
			t.Errorf("%q is %q, whose cursor is %q", cursor, id, encodeCursor(id))
		}
	})
}

func TestCursorsOfOtherVersionsAndThings(t *testing.T) {
	good := encodeCursor(missingID)
	if id, err := decodeCursor(good); err != nil || id != missingID {
		t.Fatal(id, err)
	}
	for _, c := range []string{
		"Ag" + good[2:],             // Another version.
		good[:8] + "AA" + good[10:], // No UUID of version 7.
		good + "=", good + "A", good[1:], good[:22] + "B", "+" + good[1:],
	} {
		if id, err := decodeCursor(c); err == nil && c != good {
			t.Errorf("%s is %s", c, id)
		}
	}
}

func TestIDsSortByTime(t *testing.T) {
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	var ids []string
	for n := range 5000 {
		ids = append(ids, newID(start.Add(time.Duration(n)*time.Microsecond)))
	}
	if !slices.IsSorted(ids) {
		t.Error("IDs of microseconds in a row are not in order")
	}
	if ids[0] == newID(start) {
		t.Error("two IDs are equal")
	}
	for _, id := range ids {
		if _, ok := parseID(id); !ok {
			t.Fatalf("%s is no ID", id)
		}
	}
}

func TestOneSpellingOfAnID(t *testing.T) {
	for _, text := range []string{
		"", "019AB000-0000-7000-8000-000000000000", "019ab000_0000-7000-8000-000000000000", "019ab00000000-7000-8000-000000000000",
		"019ab000-0000-4000-8000-000000000000", "019ab000-0000-7000-c000-000000000000", missingID + "0", "{" + missingID[2:] + "}",
	} {
		if _, ok := parseID(text); ok {
			t.Errorf("%q is an ID", text)
		}
	}
}
