// Command thumbnails compares our thumbnails with those of npm sharp (libvips): the
// time, the memory and the quality of three renditions of a 12-megapixel JPEG. It
// asserts nothing and says beside each goal whether it was reached.
//
//	go run ./test/bench/thumbnailer [-rounds 7]
//
// Every way is a process of its own, as a warm Lambda function is: it makes one set
// of thumbnails as a warm-up and then one a round. The rounds of the ways alternate,
// so that a busy neighbour disturbs all of them alike. The table shows the median of
// time and the peak of memory over all rounds. The processes run as they come: no
// GOGC, no GOMEMLIMIT, no sharp.cache or sharp.concurrency. (The function itself sets
// a memory limit of nine tenths of what Lambda gives it, far above what this takes.)
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/image/draw"
)

const (
	here = "test/bench/thumbnailer"

	cpuGoal  = 2.0 // times sharp, one after the other
	rssGoal  = 0.5 // times sharp, one after the other
	psnrGoal = 35.0
)

var widths = []int{1280, 768, 320}

// round is what a measuring process prints.
type round struct {
	Wall, CPU, RSS float64
	Version        string
}

type way struct {
	name    string
	command *exec.Cmd
	stdin   io.WriteCloser
	lines   *bufio.Scanner
	stderr  bytes.Buffer
	rounds  []round
}

func (w *way) start() (err error) {
	w.command.Stderr = &w.stderr
	if w.stdin, err = w.command.StdinPipe(); err != nil {
		return err
	}
	stdout, err := w.command.StdoutPipe()
	if err != nil {
		return err
	}
	w.lines = bufio.NewScanner(stdout)
	return w.command.Start()
}

// measure has the process make one set of thumbnails and reads what it prints.
func (w *way) measure() error {
	if _, err := fmt.Fprintln(w.stdin); err != nil {
		return fmt.Errorf("%s: %w\n%s", w.name, err, w.stderr.Bytes())
	}
	for w.lines.Scan() {
		if !bytes.HasPrefix(w.lines.Bytes(), []byte("{")) {
			continue
		}
		var r round
		if err := json.Unmarshal(w.lines.Bytes(), &r); err != nil {
			return fmt.Errorf("%s printed %q: %w", w.name, w.lines.Bytes(), err)
		}
		w.rounds = append(w.rounds, r)
		return nil
	}
	return fmt.Errorf("%s ended early\n%s", w.name, w.stderr.Bytes())
}

// stop lets the process write its last thumbnails and end.
func (w *way) stop() error {
	if err := w.stdin.Close(); err != nil {
		return err
	}
	for w.lines.Scan() {
	}
	if err := w.command.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s", w.name, err, w.stderr.Bytes())
	}
	return nil
}

func (w *way) median(of func(round) float64) float64 {
	values := make([]float64, len(w.rounds))
	for i, r := range w.rounds {
		values[i] = of(r)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func wall(r round) float64 { return r.Wall }
func cpu(r round) float64  { return r.CPU }

// peak is the peak memory of the process, which only ever grows.
func (w *way) peak() float64 { return w.rounds[len(w.rounds)-1].RSS }

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 7, "rounds of each way")
	measuring := flag.String("measure", "", "used by the bench itself: `source` or rounds, and a folder")
	flag.Parse()
	if *measuring != "" {
		if err := measure(*measuring, flag.Arg(0)); err != nil {
			log.Fatalf("thumbnails: %v", err)
		}
		return
	}
	if *rounds < 1 {
		log.Fatal("thumbnails: -rounds must be at least 1")
	}
	if err := run(*rounds); err != nil {
		log.Fatalf("thumbnails: %v", err)
	}
}

func run(rounds int) error {
	root, err := output(exec.Command("go", "list", "-m", "-f", "{{.Dir}}"))
	if err != nil {
		return err
	}
	build := filepath.Join(root, ".build", "bench", "thumbnails")
	if err := installSharp(filepath.Join(root, here), build); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "thumbnails")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	ours := func(measure string) *exec.Cmd {
		c := exec.Command(self, "-measure", measure, folder)
		c.Env = without(os.Environ(), "GOGC", "GOMEMLIMIT", "GODEBUG", "GOMAXPROCS")
		return c
	}
	sharp := func(mode string) *exec.Cmd {
		c := exec.Command("node", filepath.Join(root, here, "sharp.mjs"), mode, folder)
		c.Dir = build
		return c
	}
	if _, err := output(ours("source")); err != nil {
		return err
	}
	ways := []*way{
		{name: "sharp, one after the other", command: sharp("sequential")},
		{name: "sharp, Promise.all", command: sharp("parallel")},
		{name: "ours", command: ours("rounds")},
	}
	// Nothing large may happen in this process before all of them have started:
	// the peak memory that Linux reports for a process begins with its parent's.
	for _, w := range ways {
		if err := w.start(); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		defer w.command.Process.Kill() // for the ways that an error leaves behind
	}
	for _, w := range ways {
		if err := w.measure(); err != nil {
			return err
		}
		w.rounds = nil // the warm-up
	}
	for range rounds {
		for _, w := range ways {
			if err := w.measure(); err != nil {
				return err
			}
		}
	}
	for _, w := range ways {
		if err := w.stop(); err != nil {
			return err
		}
	}
	return report(ways, folder)
}

// installSharp installs what the lock in from says, once for each version of it.
func installSharp(from, to string) error {
	lock, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		return err
	}
	installed, _ := os.ReadFile(filepath.Join(to, "package-lock.json"))
	if _, err := os.Stat(filepath.Join(to, "node_modules", "sharp")); err == nil && bytes.Equal(lock, installed) {
		return nil
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o644); err != nil {
			return err
		}
	}
	npm := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved=true")
	npm.Dir = to
	_, err = output(npm)
	return err
}

func output(c *exec.Cmd) (string, error) {
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", c, err, out, stderr.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
}

func without(env []string, names ...string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

func report(ways []*way, folder string) error {
	info, err := os.Stat(filepath.Join(folder, "source.jpg"))
	if err != nil {
		return err
	}
	sharp, ours := ways[0], ways[2]
	fmt.Printf("Thumbnails of a 4000 x 3000 JPEG (4:2:0, %.1f MB) to 1280, 768 and 320 wide at quality 80\n", float64(info.Size())/1e6)
	fmt.Printf("%s, %d cores; %s; %s; median of %d rounds\n\n", model(), runtime.NumCPU(), runtime.Version(), sharp.rounds[0].Version, len(ours.rounds))
	fmt.Printf("%-28s %8s %8s %10s\n", "", "wall ms", "CPU ms", "peak MiB")
	for _, w := range ways {
		fmt.Printf("%-28s %8.0f %8.0f %10.0f\n", w.name, w.median(wall), w.median(cpu), w.peak())
	}
	fmt.Println()
	goal("CPU, times sharp's", ours.median(cpu)/sharp.median(cpu), "at most", cpuGoal)
	goal("peak memory, times sharp's", ours.peak()/sharp.peak(), "at most", rssGoal)

	fmt.Printf("\nPSNR on luma against CatmullRom of the full original, dB\n")
	fmt.Printf("%-28s %8s %8s\n", "", "sharp", "ours")
	original, err := luma(filepath.Join(folder, "source.jpg"))
	if err != nil {
		return err
	}
	for _, width := range widths {
		reference := image.NewGray(image.Rect(0, 0, width, width*3/4))
		draw.CatmullRom.Scale(reference, reference.Rect, original, original.Rect, draw.Src, nil)
		var decibels [2]float64
		for i, name := range []string{"sharp", "ours"} {
			got, err := luma(filepath.Join(folder, fmt.Sprintf("%s-%d.jpg", name, width)))
			if err != nil {
				return err
			}
			if decibels[i], err = psnr(got, reference); err != nil {
				return err
			}
		}
		fmt.Printf("%-28s %8.1f %8.1f   goal: at least %.0f: %s\n", fmt.Sprintf("%d wide", width), decibels[0], decibels[1], psnrGoal, verdict(decibels[1] >= psnrGoal))
	}
	return nil
}

func goal(what string, value float64, atMost string, limit float64) {
	fmt.Printf("%-28s %8.2f   goal: %s %.1f: %s\n", what, value, atMost, limit, verdict(value <= limit))
}

func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "missed"
}

// luma returns the luma of a JPEG.
func luma(path string) (*image.Gray, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m, ok := img.(*image.YCbCr)
	if !ok {
		return nil, fmt.Errorf("%s is a %T", path, img)
	}
	return &image.Gray{Pix: m.Y, Stride: m.YStride, Rect: m.Rect}, nil
}

func psnr(a, b *image.Gray) (float64, error) {
	if a.Rect != b.Rect {
		return 0, fmt.Errorf("sizes differ: %v and %v", a.Rect, b.Rect)
	}
	sum := 0.0
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			d := float64(a.GrayAt(x, y).Y) - float64(b.GrayAt(x, y).Y)
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(a.Rect.Dx()*a.Rect.Dy())/sum), nil
}

// model names the processor, where the system tells.
func model() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
