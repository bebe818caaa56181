package model_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
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
			for until := time.Now().Add(5 * time.Second); server.Counts().Now > 0; time.Sleep(time.Millisecond) {
				if time.Now().After(until) {
					t.Fatal("the endpoint still talks")
				}
			}
		})
	}
}

func TestTimeIsUp(t *testing.T) {
	each(t, func(t *testing.T, protocol string, ask ask) {
		for _, fault := range []modeltest.Fault{modeltest.StallFirst, modeltest.Stall} {
			server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Fault: fault} })
			for name, limits := range map[string]model.Limits{
				"own limit":         {Time: time.Second, Reserve: time.Millisecond},
				"the caller's time": {Reserve: 4 * time.Second},
			} {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				begin := time.Now()
				_, err := ask.of(ctx, open(t, server, protocol, limits), question("x"))
				e, took := modelError(t, err), time.Since(begin)
				if e.Kind != model.Unavailable || !e.MaybeBilled || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s, %s: got %v, maybe billed %t", fault, name, err, e.MaybeBilled)
				}
				if took < 900*time.Millisecond || took > 4*time.Second || ctx.Err() != nil {
					t.Errorf("%s, %s: took %s", fault, name, took)
				}
				cancel()
			}
		}
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
// silence of the model; and a silence ends it long before its time.
func TestStall(t *testing.T) {
	const stall = 600 * time.Millisecond
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply {
				return modeltest.Reply{Text: strings.Repeat("0123456789abcdef", 5), Gap: stall / 3}
			})
			if _, err := stream.of(t.Context(), open(t, server, protocol, model.Limits{Stall: stall}), question("steady")); err != nil {
				t.Errorf("a steady stream: %v", err)
			}
			_, err := open(t, server, protocol, model.Limits{Stall: stall}).Stream(t.Context(), question("slow reader"), func(string) error {
				time.Sleep(stall + stall/4)
				return nil
			})
			if err != nil {
				t.Errorf("a slow reader: %v", err)
			}
			for _, fault := range []modeltest.Fault{modeltest.StallFirst, modeltest.Stall} {
				server.Reply(func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Fault: fault} })
				begin := time.Now()
				_, err := stream.of(t.Context(), open(t, server, protocol, model.Limits{Stall: stall}), question("stalled"))
				if e := modelError(t, err); !e.MaybeBilled || !strings.Contains(err.Error(), "stalled") || time.Since(begin) > 10*stall {
					t.Errorf("%s: got %v after %s", fault, err, time.Since(begin))
				}
			}
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
