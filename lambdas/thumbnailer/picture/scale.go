package picture

import (
	"encoding/binary"
	"math"
)

// This file scales planes of 8-bit samples. It exists because x/image/draw has no
// fast path for them. The kernel is Catmull-Rom, widened by the ratio when
// shrinking, applied to columns first and rows second, in fixed point. A large
// ratio is preceded by an exact box average over whole blocks of samples, as
// libvips does, which leaves the kernel a quarter or less of the work.

// weightBits is the precision of a weight: the weights of one output sample sum
// up to exactly 1<<weightBits, so that a flat area stays what it was.
const weightBits = 14

// leftover is the least ratio that the box leaves for the kernel. At 1 the box
// would alias visibly; at 1.5 the result is within 1 dB of the kernel alone once
// it has been through a JPEG encoder.
const leftover = 1.5

// maxBox keeps the sums of a box within 32 bits.
const maxBox = 256

// boxFor returns the side of the box for a ratio.
func boxFor(ratio float64, n int) int {
	return max(1, min(int(ratio/leftover), maxBox, n))
}

// axis is how one axis of a raster maps to the same axis of a smaller one made
// from it: u in pixels of the smaller is scale·u + offset in pixels of the larger.
type axis struct{ scale, offset float64 }

// taps holds, for each output sample along an axis, which n input samples make it
// and with which weights.
type taps struct {
	n       int
	first   []int
	weights []int32 // n for each output sample
}

func newTaps(to, from grid, a axis) taps {
	ratio := a.scale * to.pitch / from.pitch
	stretch := max(ratio, 1)
	radius := 2 * stretch
	// A multiple of four, for the loops below; the weights beyond the radius are 0.
	n := min((int(math.Ceil(2*radius))+3)&^3, from.n)
	t := taps{n: n, first: make([]int, to.n), weights: make([]int32, n*to.n)}
	exact := make([]float64, n)
	for i := range to.n {
		centre := a.scale*(to.origin+(float64(i)+0.5)*to.pitch) + a.offset
		at := (centre-from.origin)/from.pitch - 0.5 // in samples
		first := min(max(int(math.Ceil(at-radius)), 0), from.n-n)
		t.first[i] = first

		// What the kernel would take from beyond the edge is left out, and the
		// rest takes its place.
		sum := 0.0
		for k := range exact {
			exact[k] = catmullRom((float64(first+k) - at) / stretch)
			sum += exact[k]
		}
		weights, rest, largest := t.weights[i*n:][:n], int32(1<<weightBits), 0
		for k, w := range exact {
			weights[k] = int32(math.Round(w / sum * (1 << weightBits)))
			rest -= weights[k]
			if weights[k] > weights[largest] {
				largest = k
			}
		}
		weights[largest] += rest
	}
	return t
}

func catmullRom(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// resample scales the channels of a band to the grids x and y.
func (b band) resample(x, y grid, ax, ay axis) []plane {
	boxX := boxFor(ax.scale*x.pitch/b.x.pitch, b.x.n)
	boxY := boxFor(ay.scale*y.pitch/b.y.pitch, b.y.n)
	b = b.boxed(boxX, boxY)
	across, down := newTaps(x, b.x, ax), newTaps(y, b.y, ay)

	out := make([]plane, b.channels)
	for c := range out {
		out[c] = newPlane(x.n, y.n)
	}
	// Only the rows under the kernel are held: row r in ring[r%down.n].
	ring, next := make([][][]uint8, down.n), 0
	window := make([][]uint8, down.n)
	columns, both := make([][2][]int32, b.channels), make([]int64, b.x.n)
	for c := range columns {
		columns[c] = [2][]int32{make([]int32, b.x.n), make([]int32, b.x.n)}
	}
	for i := range y.n {
		first := down.first[i]
		for next = max(next, first); next < first+down.n; next++ {
			ring[next%down.n] = b.keep(ring[next%down.n], b.row(next))
		}
		for c := range out {
			for k := range window {
				window[k] = ring[(first+k)%down.n][c]
			}
			mixRows(columns[c][i%2], window, down.weights[i*down.n:][:down.n])
			if i%2 == 1 || i == y.n-1 {
				// A last row without a partner is its own.
				pack(both, columns[c][0], columns[c][i%2])
				across.apply(out[c].row(i&^1), out[c].row(i), both)
			}
		}
	}
	return out
}

// keep returns rows in a form that outlives the next call of b.row, in the memory
// of old where that is needed.
func (b band) keep(old, rows [][]uint8) [][]uint8 {
	if old == nil {
		old = make([][]uint8, len(rows))
	}
	for c, row := range rows {
		if b.stable {
			old[c] = row
		} else {
			old[c] = append(old[c][:0], row...)
		}
	}
	return old
}

// mixRows sets each column of out to the weighted sum of that column of rows.
func mixRows(out []int32, rows [][]uint8, weights []int32) {
	clear(out)
	for len(rows) >= 4 {
		r0, r1, r2, r3 := rows[0][:len(out)], rows[1][:len(out)], rows[2][:len(out)], rows[3][:len(out)]
		w0, w1, w2, w3 := weights[0], weights[1], weights[2], weights[3]
		for x := range out {
			out[x] += w0*int32(r0[x]) + w1*int32(r1[x]) + w2*int32(r2[x]) + w3*int32(r3[x])
		}
		rows, weights = rows[4:], weights[4:]
	}
	for k, row := range rows {
		w := weights[k]
		for x, v := range row[:len(out)] {
			out[x] += w * int32(v)
		}
	}
}

// apply makes two rows of output from the columns of both, as pack left them. The
// columns carry columnBits of fraction from the weights of the other axis.
func (t taps) apply(upper, lower []uint8, columns []int64) {
	const shift = columnBits + weightBits
	const half = 1<<(shift-1) + 1<<(shift-1)<<32
	lower = lower[:len(upper)]
	weights := t.weights
	for x := range upper {
		from := columns[t.first[x]:][:t.n]
		sum, k := int64(half), 0
		for ; k+4 <= len(from); k += 4 {
			w, f := (*[4]int32)(weights[k:]), (*[4]int64)(from[k:])
			sum += int64(w[0])*f[0] + int64(w[1])*f[1] + int64(w[2])*f[2] + int64(w[3])*f[3]
		}
		for ; k < len(from); k++ { // only where the source is tiny
			sum += int64(weights[k]) * from[k]
		}
		weights = weights[len(from):]
		// Catmull-Rom overshoots at edges.
		upper[x] = uint8(min(max(int32(sum)>>shift, 0), 255))
		lower[x] = uint8(min(max(sum>>(32+shift), 0), 255))
	}
}

// columnBits is the fraction that columns keep: with it and the weights of two
// axes a sample fits the 32 bits of its lane.
const columnBits = 8

// pack puts the columns of two rows into the two lanes of one word, so that one
// multiplication serves both. A lower lane that is negative borrows from the upper
// one, but only the last of its bits, which the final shift drops.
func pack(out []int64, low, high []int32) {
	const shift = weightBits - columnBits
	low, high = low[:len(out)], high[:len(out)]
	for x := range out {
		out[x] = int64(low[x]>>shift) + int64(high[x]>>shift)<<32
	}
}

// boxed returns the band shrunk by whole numbers, each sample the average of a box
// of w x h. A box cut off by the edge averages what there is.
func (b band) boxed(w, h int) band {
	if w == 1 && h == 1 {
		return b
	}
	from := b
	b.stable = false
	b.x = grid{(from.x.n + w - 1) / w, from.x.origin, from.x.pitch * float64(w)}
	b.y = grid{(from.y.n + h - 1) / h, from.y.origin, from.y.pitch * float64(h)}
	out, sums := make([][]uint8, b.channels), make([][]uint32, b.channels)
	for c := range out {
		out[c], sums[c] = make([]uint8, b.x.n), make([]uint32, b.x.n)
	}
	whole := from.x.n / w // boxes that the edge does not cut off
	b.row = func(y int) [][]uint8 {
		rows := min(h, from.y.n-y*h)
		if w == 2 && h == 2 && rows == 2 && whole == b.x.n && from.stable {
			for c := range out {
				upper := from.row(2 * y)[c]
				halve(out[c], upper, from.row(2*y + 1)[c])
			}
			return out
		}
		for c := range sums {
			clear(sums[c])
		}
		for r := range rows {
			for c, row := range from.row(y*h + r) {
				sumBoxes(sums[c], row, w)
			}
		}
		for c := range out {
			average(out[c][:whole], sums[c], w*rows)
			average(out[c][whole:], sums[c][whole:], (from.x.n-whole*w)*rows)
		}
		return out
	}
	return b
}

// sumBoxes adds each w samples of row to one sum.
func sumBoxes(sums []uint32, row []uint8, w int) {
	for i := range sums {
		n := min(w, len(row))
		sum := uint32(0)
		for _, v := range row[:n] {
			sum += uint32(v)
		}
		sums[i] += sum
		row = row[n:]
	}
}

// average divides each sum by n, rounded, by a multiplication.
func average(out []uint8, sums []uint32, n int) {
	if len(out) == 0 {
		return
	}
	half, inverse := uint64(n/2), (1<<32)/uint64(n)+1
	sums = sums[:len(out)]
	for i := range out {
		out[i] = uint8((uint64(sums[i]) + half) * inverse >> 32)
	}
}

// halve is the box that a 12-megapixel photograph needs most: the average of 2 x 2
// samples, four boxes at a time in the lanes of a 64-bit word.
func halve(out, upper, lower []uint8) {
	const even, half = 0x00ff_00ff_00ff_00ff, 0x0002_0002_0002_0002
	for len(out) >= 4 {
		u, l := binary.LittleEndian.Uint64(upper), binary.LittleEndian.Uint64(lower)
		sum := u&even + u>>8&even + l&even + l>>8&even + half
		sum = sum >> 2 & even
		sum |= sum >> 8 // two results side by side in each half
		binary.LittleEndian.PutUint16(out, uint16(sum))
		binary.LittleEndian.PutUint16(out[2:], uint16(sum>>32))
		out, upper, lower = out[4:], upper[8:], lower[8:]
	}
	for i := range out {
		u, l := upper[2*i:][:2], lower[2*i:][:2]
		out[i] = uint8((uint32(u[0]) + uint32(u[1]) + uint32(l[0]) + uint32(l[1]) + 2) / 4)
	}
}
