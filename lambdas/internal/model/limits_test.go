package model_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"refstack/lambdas/internal/model"
	"refstack/test/modeltest"
)

func TestAnswerIsCut(t *testing.T) {
	const long = "aé日😀" // 10 bytes of four characters
	each(t, func(t *testing.T, protocol string, ask ask) {
		server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply {
			return modeltest.Reply{Text: strings.Repeat(long, 50), PieceBytes: 7}
		})
		for limit, want := range map[int]int{499: 496, 500: 500, 200: 200, 199: 196, 196: 196, 195: 193, 5: 3, 1: 1} {
			got, err := ask.of(t.Context(), open(t, server, protocol, model.Limits{AnswerBytes: limit}), question("x"))
			if err != nil {
				t.Fatal(err)
			}
			stop := model.Length
			if limit == 500 { // All of it fits.
				stop = model.End
			}
			if len(got.Text) != want || !utf8.ValidString(got.Text) || got.Stop != stop {
				t.Errorf("limit %d: got %d bytes, want %d, and stop %q", limit, len(got.Text), want, got.Stop)
			}
		}
	})
}

// A stream that never ends is left as soon as the answer is full, and the
// connection closed.
func TestBabble(t *testing.T) {
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Fault: modeltest.Babble} })
			got, err := stream.of(t.Context(), open(t, server, protocol, model.Limits{AnswerBytes: 1000}), question("x"))
			if err != nil || got.Stop != model.Length || len(got.Text) != 1000 {
				t.Fatalf("got %d bytes, stop %q, %v", len(got.Text), got.Stop, err)
			}
			for until := time.Now().Add(30 * time.Second); server.Counts().Now > 0; time.Sleep(time.Millisecond) {
				if time.Now().After(until) {
					t.Fatal("the endpoint still talks")
				}
			}
		})
	}
}

// A model has its share of the time, and its caller what is left.
func TestTimeIsUp(t *testing.T) {
	const share, caller = 2 * time.Second, time.Minute
	each(t, func(t *testing.T, protocol string, ask ask) {
		var all sync.WaitGroup
		for _, fault := range []modeltest.Fault{modeltest.StallFirst, modeltest.Stall} {
			server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Fault: fault} })
			for name, limits := range map[string]model.Limits{
				"own limit":         {Time: share, Reserve: time.Millisecond},
				"the caller's time": {Time: caller - share, Reserve: caller - share},
			} {
				endpoint := open(t, server, protocol, limits)
				all.Go(func() {
					begin := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), caller)
					defer cancel()
					_, err := ask.of(ctx, endpoint, question("x"))
					var e *model.Error
					if !errors.As(err, &e) || e.Kind != model.Unavailable || !e.MaybeBilled || !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s, %s: got %v", fault, name, err)
					}
					if took := time.Since(begin); took < share || took > caller/2 {
						t.Errorf("%s, %s: took %s", fault, name, took)
					}
				})
			}
		}
		all.Wait()
	})
}

func TestNoTimeLeft(t *testing.T) {
	server := modeltest.Start(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := open(t, server, model.HTTP, model.Limits{}).Generate(ctx, question("x")) // Two seconds are kept back.
	if e := modelError(t, err); e.MaybeBilled || e.Kind != model.Unavailable || server.Asked("x") != 0 {
		t.Errorf("asked %d times: %v", server.Asked("x"), err)
	}
}

// A stream may take its time as long as it says something; a slow reader is no
// silence of the model; and a silence ends it, not its time.
func TestStall(t *testing.T) {
	const stall = 3 * time.Second
	slowly := modeltest.Reply{Text: strings.Repeat("0123456789abcdef", 12), Gap: stall / 10}
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			start := func(reply modeltest.Reply) model.Endpoint {
				server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return reply })
				return open(t, server, protocol, model.Limits{Stall: stall})
			}
			endpoint := start(slowly)
			var all sync.WaitGroup
			all.Go(func() {
				begin := time.Now()
				_, err := stream.of(t.Context(), endpoint, question("steady"))
				if took := time.Since(begin); err != nil || took < stall {
					t.Errorf("a steady stream: %v after %s", err, took)
				}
			})
			all.Go(func() {
				var once sync.Once
				_, err := endpoint.Stream(t.Context(), question("slow reader"), func(string) error {
					once.Do(func() { time.Sleep(stall + stall/4) })
					return nil
				})
				if err != nil {
					t.Errorf("a slow reader: %v", err)
				}
			})
			for _, fault := range []modeltest.Fault{modeltest.StallFirst, modeltest.Stall} {
				silent := start(modeltest.Reply{Fault: fault})
				all.Go(func() {
					_, err := stream.of(t.Context(), silent, question("stalled"))
					var e *model.Error
					if !errors.As(err, &e) || !e.MaybeBilled || !strings.Contains(err.Error(), "stalled") {
						t.Errorf("%s: got %v", fault, err)
					}
				})
			}
			all.Wait()
		})
	}
}

func TestReaderFails(t *testing.T) {
	gone := errors.New("the client is gone")
	for _, protocol := range modeltest.Protocols {
		server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Fault: modeltest.Babble} })
		pieces := 0
		_, err := open(t, server, protocol, model.Limits{}).Stream(t.Context(), question("x"), func(string) error {
			pieces++
			return gone
		})
		if err != gone || pieces != 1 || server.Asked("x") != 1 {
			t.Errorf("%s: got %v after %d pieces, asked %d times", protocol, err, pieces, server.Asked("x"))
		}
	}
}

// Long answers pass through; they do not pile up.
func TestStreamsInLittleMemory(t *testing.T) {
	const length = 10 << 20
	text := strings.Repeat("0123456789abcdef", length/16)
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Text: text, PieceBytes: 1024} })
			endpoint := open(t, server, protocol, model.Limits{AnswerBytes: 2 * length})
			r := question("x")
			r.MaxTokens = length
			got, most, start := 0, uint64(0), inUse()
			next := length / 4
			_, err := endpoint.Stream(t.Context(), r, func(piece string) error {
				if got += len(piece); got >= next {
					next += length / 4
					most = max(most, inUse())
				}
				return nil
			})
			if err != nil || got != length {
				t.Fatalf("got %d bytes, %v", got, err)
			}
			if grown := int64(most) - int64(start); grown > 512<<10 {
				t.Errorf("a stream of %d MiB takes %d KiB of memory", length>>20, grown>>10)
			}
		})
	}
}

// inUse is the memory that is still in use after a collection. The endpoint is in
// this process too, and writes ahead until the buffers of the connection are full:
// what it makes meanwhile does not count, so it must come to rest first.
func inUse() uint64 {
	var stats runtime.MemStats
	for before := uint64(0); ; before = stats.Mallocs {
		time.Sleep(20 * time.Millisecond)
		runtime.GC()
		runtime.ReadMemStats(&stats)
		if stats.Mallocs-before < 500 {
			return stats.HeapAlloc
		}
	}
}
