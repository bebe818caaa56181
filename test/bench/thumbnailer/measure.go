package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"refstack/lambdas/thumbnailer/picture"
	"refstack/test/photos"
)

// measure is what the bench's child processes do in folder: make the source, or
// make its thumbnails for each line on standard input and print what that took,
// as sharp.mjs does.
func measure(what, folder string) error {
	source := filepath.Join(folder, "source.jpg")
	if what == "source" {
		return os.WriteFile(source, photos.TwelveMegapixels(), 0o644)
	}
	var renditions []picture.Rendition
	for _, width := range widths {
		renditions = append(renditions, picture.Rendition{Name: fmt.Sprint(width), MaxWidth: width, Quality: 80})
	}
	var outputs []picture.Output
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before, start := usage(), time.Now()
		content, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		if outputs, err = picture.Make(context.Background(), content, renditions, picture.Limits{}); err != nil {
			return err
		}
		wall, after := time.Since(start), usage()
		line, err := json.Marshal(map[string]any{
			"wall": float64(wall.Nanoseconds()) / 1e6,
			"cpu":  float64(cpuTime(after)-cpuTime(before)) / 1e6,
			"rss":  float64(after.Maxrss) / 1024,
		})
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	for _, output := range outputs {
		file := filepath.Join(folder, fmt.Sprintf("ours-%d.jpg", output.Width))
		if err := os.WriteFile(file, output.Body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func usage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // It fails for bad arguments alone.
	return u
}

func cpuTime(u syscall.Rusage) int64 { return u.Utime.Nano() + u.Stime.Nano() }
