package picture

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestMeasure is not a test. The comparison with sharp in test/bench/thumbnails
// runs it as a process of its own, because a program outside lambdas/thumbnailer
// may not import this package. As PICTURE_MEASURE says, it makes the picture in the
// folder PICTURE_FOLDER, or makes one set of thumbnails for each line on its
// standard input and prints what that took.
func TestMeasure(t *testing.T) {
	folder := os.Getenv("PICTURE_FOLDER")
	source := filepath.Join(folder, "source.jpg")
	switch os.Getenv("PICTURE_MEASURE") {
	case "source":
		if err := os.WriteFile(source, photo12MP(t), 0o644); err != nil {
			t.Fatal(err)
		}
	case "rounds":
		var outputs []Output
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			var before, after syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
			start := time.Now()
			outputs = makeAll(t, source)
			wall := time.Since(start)
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
			cpu := func(u syscall.Rusage) int64 { return u.Utime.Nano() + u.Stime.Nano() }
			b, err := json.Marshal(map[string]any{
				"wall": float64(wall.Nanoseconds()) / 1e6,
				"cpu":  float64(cpu(after)-cpu(before)) / 1e6,
				"rss":  float64(after.Maxrss) / 1024,
			})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println(string(b))
		}
		for _, o := range outputs {
			name := fmt.Sprintf("ours-%d.jpg", o.Width)
			if err := os.WriteFile(filepath.Join(folder, name), o.Body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	default:
		t.Skip("run by: go run ./test/bench/thumbnails")
	}
}

func makeAll(t *testing.T, path string) []Output {
	src := read(t, path)
	outputs, err := Make(context.Background(), src, sizes, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}
