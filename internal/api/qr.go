package api

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty border a camera needs around a QR code, in its squares.
const quiet = 4

// drawQR returns text as a QR code drawn in SVG: dark squares in the colour of
// the surrounding text, one path, no size of its own.
func drawQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw a QR code of %d bytes: %w", len(text), err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			run := 1
			for code.Black(x+run, y) {
				run++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			x += run
		}
	}
	side := code.Size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<path fill="currentColor" d="%s"/></svg>`, side, side, path.String()), nil
}
