package drawing

import (
	"os"
	"path/filepath"
)

// Picture is a picture of docs/.
type Picture struct {
	// File is its name in docs/.
	File string
	// Template is the name of the golden that it shows.
	Template string
	// Without are construct paths of what other pictures show, alarms included, as
	// patterns of package path.
	Without []string
	// Turn is the construct path of the node behind which the way turns back, so that a
	// long one takes two rows. Without one, it goes on.
	Turn string
	// Down has the picture grow down the page and not to the right.
	Down bool
}

// Pictures are all of them.
var Pictures = []Picture{
	{File: "thumbnailer.svg", Template: "Thumbnailer.dev.json"},
	{File: "webapi.svg", Template: "WebApi.prod.json"},
	{File: "pipes.svg", Template: "Pipes.dev.json", Without: []string{"To*"}, Turn: "Bus"},
	{File: "pipes-targets.svg", Template: "Pipes.dev-all.json", Without: []string{"Orders", "Outbox*", "Enrich", "Rejections", "Placed*"}},
	{File: "mapreduce.svg", Template: "MapReduce.dev.json", Down: true},
	{File: "genai.svg", Template: "GenAi.prod.json", Without: []string{"Jobs", "Polling"}},
	{File: "genai-jobs.svg", Template: "GenAi.prod-all.json", Without: []string{"Answer", "Stream", "Cache", "Rest/WebAcl", "Users", "WebSocket/Authorize", "IoT/Authorize"}, Down: true},
}

// Draw makes the picture from the folder of the goldens.
func (p Picture) Draw(goldens string) ([]byte, error) {
	document, err := os.ReadFile(filepath.Join(goldens, p.Template))
	if err != nil {
		return nil, err
	}
	return draw(document, p)
}
