package games_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/rows"
	"refstack/lambdas/mapreduce/games"
)

// partial folds games whose lengths are made of seeds.
func partial(seeds []uint32) (p games.Partial) {
	for i, seed := range seeds {
		games.Fold(&p, game(i, seed))
	}
	return p
}

func game(i int, seed uint32) games.Row {
	return games.Row{Number: int64(i), Length: int64(seed) % (games.MaxLength + 1)}
}

// TestReduceIsAnAbelianMonoid is what makes any order and any grouping come to
// the same: hold your own g to it.
func TestReduceIsAnAbelianMonoid(t *testing.T) {
	var none games.Partial
	for law, holds := range map[string]any{
		"associative": func(a, b, c []uint32) bool {
			x, y, z := partial(a), partial(b), partial(c)
			return games.Reduce(games.Reduce(x, y), z) == games.Reduce(x, games.Reduce(y, z))
		},
		"commutative": func(a, b []uint32) bool {
			x, y := partial(a), partial(b)
			return games.Reduce(x, y) == games.Reduce(y, x)
		},
		"zero is neutral": func(a []uint32) bool {
			x := partial(a)
			return games.Reduce(x, none) == x && games.Reduce(none, x) == x
		},
		"Fold is Reduce of Map": func(a []uint32) bool {
			var x games.Partial
			for i, seed := range a {
				x = games.Reduce(x, games.Map(game(i, seed)))
			}
			return x == partial(a)
		},
		"JSON keeps it": func(a []uint32) bool {
			text, err := json.Marshal(partial(a))
			var back games.Partial
			return err == nil && json.Unmarshal(text, &back) == nil && back == partial(a)
		},
		"as the definition says": func(a []uint32) bool {
			return partial(a).Result().Count == int64(len(a)) && independent(a) == partial(a)
		},
	} {
		if err := quick.Check(holds, &quick.Config{MaxCount: 300}); err != nil {
			t.Errorf("%s: %v", law, err)
		}
	}
}

// independent is what some games come to, by the words of the definition.
func independent(seeds []uint32) (p games.Partial) {
	for i, seed := range seeds {
		length := game(i, seed).Length
		if i == 0 || length < p.Min {
			p.Min = length
		}
		if length > p.Max {
			p.Max = length
		}
		p.Count++
		p.Sum += length
		for class := range p.Histogram {
			from, to := int64(class)*10_000, int64(class+1)*10_000
			if length >= from && (length < to || class == len(p.Histogram)-1) {
				p.Histogram[class]++
			}
		}
	}
	return p
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		number, length string
		want           games.Row
		fault          string
	}{
		{"1", "30", games.Row{Number: 1, Length: 30_000}, ""},
		{"0", "0", games.Row{}, ""},
		{"7", "30.125", games.Row{Number: 7, Length: 30_125}, ""},
		{"1000000000000000", "100000", games.Row{Number: 1e15, Length: games.MaxLength}, ""},
		{"1", "100000.001", games.Row{}, "Game Length: " + rows.OutOfRange},
		{"1000000000000001", "1", games.Row{}, "Game Number: " + rows.OutOfRange},
		{"1.5", "30", games.Row{}, "Game Number: " + rows.NotANumber},
		{"", "30", games.Row{}, "Game Number: " + rows.NotANumber},
		{"1", "-30", games.Row{}, "Game Length: " + rows.NotANumber},
		{"1", "30.0001", games.Row{}, "Game Length: " + rows.NotANumber},
		{"1", "NaN", games.Row{}, "Game Length: " + rows.NotANumber},
		{"1", "1e3", games.Row{}, "Game Length: " + rows.NotANumber},
	} {
		got, err := games.Parse([][]byte{[]byte(c.number), []byte(c.length)})
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if got != c.want || fault != c.fault {
			t.Errorf("%s, %s is %+v, %q, want %+v, %q", c.number, c.length, got, fault, c.want, c.fault)
		}
	}
}

func TestResult(t *testing.T) {
	var p games.Partial
	for _, length := range []int64{0, 9_999, 10_000, 30_500, 239_999, 240_000, games.MaxLength} {
		games.Fold(&p, games.Row{Length: length})
	}
	for name, c := range map[string]struct {
		partial games.Partial
		want    string
	}{
		"some": {p, `{"count":7,"sum":100530.498,"min":0,"max":100000,"mean":14361.499714,"histogram":[` +
			`{"from":0,"to":10,"count":2},{"from":10,"to":20,"count":1},{"from":30,"to":40,"count":1},` +
			`{"from":230,"to":240,"count":1},{"from":240,"count":2}]}`},
		"none": {games.Partial{}, `{"count":0,"sum":0,"min":null,"max":null,"mean":null,"histogram":[]}`},
		// Floating point would lose the last digits.
		"large": {games.Partial{Count: 3, Sum: 9_007_199_254_740_993, Min: 1, Max: 2}, `{"count":3,"sum":9007199254740.993,"min":0.001,"max":0.002,"mean":3002399751580.331,"histogram":[]}`},
	} {
		got, err := json.Marshal(c.partial.Result())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	var parts []games.Partial
	for range 1000 {
		parts = append(parts, partial([]uint32{rand.Uint32(), rand.Uint32()}))
	}
	add := func() (all games.Partial) {
		for _, p := range parts {
			all = games.Reduce(all, p)
		}
		return all
	}
	want := add()
	rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	if got := add(); got != want {
		t.Errorf("in another order: %+v, want %+v", got, want)
	}
}
