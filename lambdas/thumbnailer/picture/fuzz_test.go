package picture

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzMake looks for sources that crash Make, that cost more than their size allows,
// or whose renditions are not what they say.
func FuzzMake(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) != ".mjs" {
			f.Add(read(f, "testdata", e.Name()))
		}
	}
	renditions := []Rendition{
		{Name: "inside", MaxWidth: 40, MaxHeight: 30},
		{Name: "cover", MaxWidth: 11, MaxHeight: 17, Fit: FitCover, Format: FormatJPEG},
		{Name: "png", MaxWidth: 25, Format: FormatPNG},
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		outputs, err := Make(context.Background(), src, renditions, Limits{MaxBytes: 1 << 16, MaxPixels: 1 << 16})
		var r *RejectedError
		if err != nil {
			if !errors.As(err, &r) || r.Reason == "" || r.Detail == "" || len(r.Detail) > maxDetail {
				t.Fatalf("not a good rejection: %v", err)
			}
			return
		}
		for i, out := range outputs {
			r := renditions[i]
			img := decodeAny(t, out.Body)
			w, h := img.Bounds().Dx(), img.Bounds().Dy()
			if w != out.Width || h != out.Height || w < 1 || h < 1 || w > r.MaxWidth || r.MaxHeight > 0 && h > r.MaxHeight {
				t.Fatalf("%s has %d x %d pixels and says %d x %d", r.Name, w, h, out.Width, out.Height)
			}
		}
	})
}
