package picture

import (
	"context"
	"encoding/json"
	"image"
	"slices"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	for _, r := range []Rendition{
		{Name: "a", MaxWidth: 1},
		{Name: "a", MaxHeight: 1},
		{Name: "Large_2-x", MaxWidth: 65535, MaxHeight: 65535, Fit: FitCover, Format: FormatAuto, Quality: 100},
		{Name: strings.Repeat("a", 64), MaxWidth: 1, Fit: FitInside, Format: FormatPNG, Quality: 1},
		{Name: "a", MaxWidth: 1, Format: FormatJPEG},
	} {
		if err := r.Validate(); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for want, r := range map[string]Rendition{
		`rendition "": name must be`:                                        {MaxWidth: 1},
		`rendition "a/b": name must be`:                                     {Name: "a/b", MaxWidth: 1},
		`rendition "-a": name must be`:                                      {Name: "-a", MaxWidth: 1},
		`rendition "..": name must be`:                                      {Name: "..", MaxWidth: 1},
		`name must be 1 to 64`:                                              {Name: strings.Repeat("a", 65), MaxWidth: 1},
		`rendition "a": maxWidth must be from 0 to 65535, got -1`:           {Name: "a", MaxWidth: -1, MaxHeight: 1},
		`rendition "a": maxWidth must be from 0 to 65535, got 65536`:        {Name: "a", MaxWidth: 65536},
		`rendition "a": maxHeight must be from 0 to 65535, got -1`:          {Name: "a", MaxWidth: 1, MaxHeight: -1},
		`rendition "a": maxHeight must be from 0 to 65535, got 65536`:       {Name: "a", MaxHeight: 65536},
		`rendition "a": needs maxWidth or maxHeight`:                        {Name: "a"},
		`rendition "a": fit must be "inside" or "cover", got "fill"`:        {Name: "a", MaxWidth: 1, Fit: "fill"},
		`rendition "b": fit "cover" needs both maxWidth and maxHeight`:      {Name: "b", MaxWidth: 1, Fit: FitCover},
		`rendition "c": fit "cover" needs both maxWidth and maxHeight`:      {Name: "c", MaxHeight: 1, Fit: FitCover},
		`format must be "auto", "jpeg" or "png", got "gif"`:                 {Name: "a", MaxWidth: 1, Format: "gif"},
		`rendition "a": quality must be from 1 to 100 (0 means 80), got -1`: {Name: "a", MaxWidth: 1, Quality: -1},
		`quality must be from 1 to 100 (0 means 80), got 101`:               {Name: "a", MaxWidth: 1, Quality: 101},
	} {
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", r, err, want)
		}
		if _, err := Make(context.Background(), nil, []Rendition{r}, Limits{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Make of %+v: got %v, want %s", r, err, want)
		}
	}
}

func TestExtensions(t *testing.T) {
	for format, want := range map[Format][]string{
		"": {"jpg", "png"}, FormatAuto: {"jpg", "png"}, FormatJPEG: {"jpg"}, FormatPNG: {"png"},
	} {
		if got := (Rendition{Format: format}).Extensions(); !slices.Equal(got, want) {
			t.Errorf("%q: %v", format, got)
		}
	}
}

func TestRenditionJSON(t *testing.T) {
	const in = `{"name":"a","maxWidth":1,"maxHeight":2,"fit":"cover","format":"png","quality":3}`
	var r Rendition
	if err := json.Unmarshal([]byte(in), &r); err != nil {
		t.Fatal(err)
	}
	if want := (Rendition{"a", 1, 2, FitCover, FormatPNG, 3}); r != want {
		t.Errorf("got %+v", r)
	}
	if out, err := json.Marshal(r); err != nil || string(out) != in {
		t.Errorf("%s, %v", out, err)
	}
}

func TestPlace(t *testing.T) {
	for _, test := range []struct {
		w, h       int
		r          Rendition
		area       image.Rectangle
		outW, outH int
	}{
		{4000, 3000, Rendition{MaxWidth: 1280}, image.Rect(0, 0, 4000, 3000), 1280, 960},
		{4000, 3000, Rendition{MaxHeight: 960}, image.Rect(0, 0, 4000, 3000), 1280, 960},
		{4000, 3000, Rendition{MaxWidth: 1280, MaxHeight: 300}, image.Rect(0, 0, 4000, 3000), 400, 300},
		{4000, 3000, Rendition{MaxWidth: 400, MaxHeight: 3000}, image.Rect(0, 0, 4000, 3000), 400, 300},
		{4000, 3000, Rendition{MaxWidth: 400, MaxHeight: 300}, image.Rect(0, 0, 4000, 3000), 400, 300},
		{1000, 3, Rendition{MaxWidth: 100}, image.Rect(0, 0, 1000, 3), 100, 1},
		{1000, 3, Rendition{MaxWidth: 500}, image.Rect(0, 0, 1000, 3), 500, 2},
		{1000, 3, Rendition{MaxWidth: 900}, image.Rect(0, 0, 1000, 3), 900, 3},
		{3, 1000, Rendition{MaxHeight: 100, MaxWidth: 100}, image.Rect(0, 0, 3, 1000), 1, 100},
		{100, 75, Rendition{MaxWidth: 1280}, image.Rect(0, 0, 100, 75), 100, 75},
		{100, 75, Rendition{MaxWidth: 100, MaxHeight: 75}, image.Rect(0, 0, 100, 75), 100, 75},
		{1, 1, Rendition{MaxHeight: 9}, image.Rect(0, 0, 1, 1), 1, 1},

		{400, 300, Rendition{MaxWidth: 100, MaxHeight: 100, Fit: FitCover}, image.Rect(50, 0, 350, 300), 100, 100},
		{300, 400, Rendition{MaxWidth: 100, MaxHeight: 100, Fit: FitCover}, image.Rect(0, 50, 300, 350), 100, 100},
		{300, 400, Rendition{MaxWidth: 200, MaxHeight: 100, Fit: FitCover}, image.Rect(0, 125, 300, 275), 200, 100},
		{400, 300, Rendition{MaxWidth: 40, MaxHeight: 30, Fit: FitCover}, image.Rect(0, 0, 400, 300), 40, 30},
		// Never larger: the shape of the box, the size of the picture.
		{1000, 100, Rendition{MaxWidth: 300, MaxHeight: 300, Fit: FitCover}, image.Rect(450, 0, 550, 100), 100, 100},
		{100, 1000, Rendition{MaxWidth: 300, MaxHeight: 150, Fit: FitCover}, image.Rect(0, 475, 100, 525), 100, 50},
		{50, 50, Rendition{MaxWidth: 300, MaxHeight: 150, Fit: FitCover}, image.Rect(0, 12, 50, 37), 50, 25},
		{1, 1, Rendition{MaxWidth: 300, MaxHeight: 1, Fit: FitCover}, image.Rect(0, 0, 1, 1), 1, 1},
		// Products of 32 bits and more.
		{65535, 65535, Rendition{MaxWidth: 65534}, image.Rect(0, 0, 65535, 65535), 65534, 65534},
		{2147483647, 1, Rendition{MaxWidth: 65535, MaxHeight: 1, Fit: FitCover}, image.Rect(2147483647/2-32767, 0, 2147483647/2-32767+65535, 1), 65535, 1},
	} {
		area, size := test.r.place(image.Pt(test.w, test.h))
		if area != test.area || size != image.Pt(test.outW, test.outH) {
			t.Errorf("%d x %d for %+v: %v as %v, want %v as %d x %d", test.w, test.h, test.r, area, size, test.area, test.outW, test.outH)
		}
	}
}
