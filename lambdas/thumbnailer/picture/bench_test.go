package picture

import (
	"bytes"
	"context"
	"image/jpeg"
	"testing"

	"refstack/test/photos"
)

var sizes = []Rendition{
	{Name: "large", MaxWidth: 1280, Quality: 80},
	{Name: "medium", MaxWidth: 768, Quality: 80},
	{Name: "small", MaxWidth: 320, Quality: 80},
}

func BenchmarkThumbnails12MP(b *testing.B) {
	src := photos.TwelveMegapixels()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Make(context.Background(), src, sizes, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecode12MP is the part that the standard library's decoder takes.
func BenchmarkDecode12MP(b *testing.B) {
	src := photos.TwelveMegapixels()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jpeg.Decode(bytes.NewReader(src)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScale12MP is the part that our scaler takes.
func BenchmarkScale12MP(b *testing.B) {
	source, err := decode(context.Background(), photos.TwelveMegapixels(), Limits{}.withDefaults())
	if err != nil {
		b.Fatal(err)
	}
	var targets []target
	for _, r := range sizes {
		targets = append(targets, source.target(r.withDefaults()))
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := source.cascade(context.Background(), targets, func(int, *raster) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
