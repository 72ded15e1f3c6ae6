package api

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"rsc.io/qr"
)

func TestDrawQR_HasTheSquaresOfTheCodeWithinAQuietBorder(t *testing.T) {
	const url = "https://grimoire.school.example/j/#495p0Hj8BNm21hoh7Kf5NQ"
	drawing, err := drawQR(url)
	if err != nil {
		t.Fatal(err)
	}
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Path    struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(drawing), &svg); err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(url, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	if side := code.Size + 8; svg.ViewBox != fmt.Sprintf("0 0 %d %d", side, side) {
		t.Errorf("view box %s", svg.ViewBox)
	}
	drawn := map[[2]int]bool{}
	for run := range strings.SplitSeq(strings.TrimPrefix(svg.Path.D, "M"), "M") {
		var x, y, wide, back int
		if _, err := fmt.Sscanf(run, "%d %dh%dv1h-%dz", &x, &y, &wide, &back); err != nil || wide != back {
			t.Fatalf("run %q: %v", run, err)
		}
		for i := range wide {
			drawn[[2]int{x + i - quiet, y - quiet}] = true
		}
	}
	for y := range code.Size {
		for x := range code.Size {
			if drawn[[2]int{x, y}] != code.Black(x, y) {
				t.Fatalf("square %d, %d", x, y)
			}
			delete(drawn, [2]int{x, y})
		}
	}
	if len(drawn) > 0 {
		t.Errorf("%d squares outside the code", len(drawn))
	}
	if strings.Contains(drawing, "style") {
		t.Error("styles in the drawing, which the page's policy forbids")
	}
}
