package photos

import (
	"bytes"
	"image/jpeg"
	"testing"
)

func TestSizes(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		config, err := jpeg.DecodeConfig(bytes.NewReader(Landscape(orientation)))
		stored := [2]int{1800, 1200}
		if orientation > 4 { // Stored on its side.
			stored = [2]int{1200, 1800}
		}
		if err != nil || [2]int{config.Width, config.Height} != stored {
			t.Errorf("orientation %d is stored as %d by %d (%v), want %v", orientation, config.Width, config.Height, err, stored)
		}
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(TwelveMegapixels()))
	if err != nil || config.Width != 4000 || config.Height != 3000 {
		t.Errorf("12 megapixels are %d by %d (%v)", config.Width, config.Height, err)
	}
}
