package picture

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"slices"
)

// source is a decoded picture and how it becomes upright. Its renditions are
// turned, not the source itself: they have a fraction of its pixels.
type source struct {
	*raster
	turn turn
}

// target is one rendition of a source, in the source's own orientation.
type target struct {
	rendition Rendition
	png       bool
	area      image.Rectangle // what it shows of the source
	size      image.Point     // how large it shows that
	chroma    int             // pixels that share a sample of chroma, along each axis
	mirror    turn
}

func (s *source) target(r Rendition) target {
	area, size := r.place(s.turn.size(s.size))
	t := target{
		rendition: r,
		png:       r.Format == FormatPNG || r.Format == FormatAuto && s.model == rgba,
		area:      s.turn.before(area, s.size),
		size:      s.turn.size(size),
		chroma:    1,
		mirror:    s.turn,
	}
	if !t.png && s.model == ycc {
		t.chroma = 2
	}
	return t
}

// grids returns the grid of band i. A sample of chroma belongs to pixels 0 and 1,
// 2 and 3 of the upright picture; where the source is mirrored and the side is
// odd, it is the first sample here that reaches over the edge.
func (t target) grids(i int) (x, y grid) {
	if i == 0 || t.chroma == 1 {
		return pixels(t.size.X), pixels(t.size.Y)
	}
	half := func(n int, mirrored bool) grid {
		g := grid{n: (n + 1) / 2, pitch: 2}
		if mirrored {
			g.origin = float64(n - 2*g.n)
		}
		return g
	}
	return half(t.size.X, t.mirror.mirrorX), half(t.size.Y, t.mirror.mirrorY)
}

// level is a raster that renditions can be made from.
type level struct {
	*raster
	area   image.Rectangle // what it shows of the source
	chroma int             // as in target; 0 for the source, which serves every target
}

// spare is how much larger than a rendition a level must be, along both axes, to
// stand in for the source. Every step loses a little; below this the kernel's
// blur of the two steps would add up to something visible.
const spare = 1.5

// serves says whether t can be made from l without visible loss.
func (l level) serves(t target) bool {
	if l.chroma == 0 {
		return true
	}
	x, y := l.axes(t)
	return l.chroma == t.chroma && t.area.In(l.area) && x.scale >= spare && y.scale >= spare
}

// axes returns how pixels of t map to pixels of l.
func (l level) axes(t target) (x, y axis) {
	along := func(tMin, tLen, tSize, lMin, lLen, lSize int) axis {
		perSource := float64(lSize) / float64(lLen)
		return axis{
			scale:  float64(tLen) / float64(tSize) * perSource,
			offset: float64(tMin-lMin) * perSource,
		}
	}
	x = along(t.area.Min.X, t.area.Dx(), t.size.X, l.area.Min.X, l.area.Dx(), l.size.X)
	y = along(t.area.Min.Y, t.area.Dy(), t.size.Y, l.area.Min.Y, l.area.Dy(), l.size.Y)
	return x, y
}

// resample makes t from l.
func (l level) resample(t target) level {
	ax, ay := l.axes(t)
	out := &raster{model: l.model, size: t.size}
	for i, b := range l.bands {
		x, y := t.grids(i)
		out.bands = append(out.bands, planarBand(x, y, b.resample(x, y, ax, ay)))
	}
	return level{out, t.area, t.chroma}
}

// cascade makes the targets, the largest first, and hands each to emit with its
// index. Which level a target is made from depends on the set of targets alone,
// never on their order.
func (s *source) cascade(ctx context.Context, targets []target, emit func(i int, m *raster) error) error {
	order := make([]int, len(targets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return targets[j].compare(targets[i]) })

	levels := []level{{s.raster, image.Rectangle{Max: s.size}, 0}}
	for _, i := range order {
		if ctx.Err() != nil {
			return fmt.Errorf("scale: %w", context.Cause(ctx))
		}
		t := targets[i]
		// Levels shrink from first to last, so that the last one that serves is
		// the smallest.
		from := levels[0]
		for _, l := range levels[1:] {
			if l.is(t) {
				from = l
				break
			}
			if l.serves(t) {
				from = l
			}
		}
		if !from.is(t) {
			from = from.resample(t)
			levels = append(levels, from)
		}
		if err := emit(i, from.raster); err != nil {
			return err
		}
	}
	return nil
}

// is says whether l shows exactly what t wants.
func (l level) is(t target) bool {
	return l.chroma == t.chroma && l.size == t.size && l.area == t.area
}

// compare orders targets by how many pixels they have, and beyond that in any
// fixed way.
func (t target) compare(u target) int {
	return cmp.Or(
		cmp.Compare(t.size.X*t.size.Y, u.size.X*u.size.Y),
		cmp.Compare(t.size.X, u.size.X),
		cmp.Compare(t.area.Dx(), u.area.Dx()),
		cmp.Compare(t.area.Dy(), u.area.Dy()),
		cmp.Compare(t.chroma, u.chroma),
	)
}
