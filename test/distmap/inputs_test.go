package distmap_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/distmap"
	"refstack/test/lambdatest"
)

// TestHostileObjects holds the functions to the command on this machine, for
// objects that are not what they should be.
func TestHostileObjects(t *testing.T) {
	const head = "Game Number,Game Length\n"
	r := start(t, map[string]string{tolerant: "100"})
	many := strings.Repeat("1,30\n", 50_000)
	for name, content := range map[string]string{
		"empty.csv":       "",
		"header.csv":      head,
		"no-newline.csv":  strings.TrimSpace(head),
		"mark.csv":        "\xef\xbb\xbf" + head + "1,30\n",
		"crlf.csv":        strings.ReplaceAll(head+many, "\n", "\r\n"),
		"columns.csv":     head + many + "1\n1,2,3\n" + many,
		"no-number.csv":   head + many + "one,2\n2,two\n3,-1\n4,1e3\n5,100001\n" + many,
		"open-quote.csv":  head + many + "1,\"30\n" + many + many,
		"duplicate.csv":   "Game Number,Game Length,Game Length\n1,2,3\n",
		"missing.csv":     "Game,Length\n" + many,
		"other-order.csv": "Title,Game Length, Game Number\n" + strings.Repeat("\"a, \"\"b\"\"\",30.5,7\n", 20_000),
		"long-line.csv":   head + many + strings.Repeat("9", 8<<20) + "\n" + many,
		"only-long.csv":   strings.Repeat("9", 8<<20),
		"two-files.csv":   head + many + "\xef\xbb\xbf" + head + many,
		"binary.csv":      head + strings.Repeat("\x00\xff\n", 1000),
		"lines.jsonl":     strings.Repeat(`{"Game Number":1,"Game Length":"30"}`+"\n", 9000) + "{\n" + `{"Game Number":1}`,
		"array.json":      "[" + strings.Repeat(`{"Game Number":1,"Game Length":30},`, 9000) + `{"Game Number":null,"Game Length":1}]`,
		"open-array.json": "[" + strings.Repeat(`{"Game Number":1,"Game Length":30},`, 9000),
		"no-array.json":   `{"Game Number":1,"Game Length":30}`,
	} {
		t.Run(name, func(t *testing.T) {
			document, _ := r.run(r.put("input", "in put/"+name, content))
			want := locally(t, name, content)
			rows, err := json.Marshal(want["rows"])
			if err != nil {
				t.Fatal(err)
			}
			want["rows"] = any(parse(t, bytes.ReplaceAll(rows, []byte(`"key":"`), []byte(`"key":"in put/`))))
			same(t, want, document)
			run := document["run"].(map[string]any)
			if run["bytes"] != json.Number(fmt.Sprint(len(content))) || run["counted"] != run["planned"] {
				t.Errorf("the run is %v", run)
			}
		})
	}
}

// TestMoreThanMemoryHolds has the mapper read splits that are larger than the
// 128 MiB that it has: it would be killed if it kept their rows, or a whole row.
func TestMoreThanMemoryHolds(t *testing.T) {
	const size = 144 << 20
	r := start(t, nil)
	row := "1,30," + strings.Repeat("x", 1018) + "\n"
	for name, c := range map[string]struct {
		rows, want string
	}{
		"many rows": {strings.Repeat(row, size/len(row)), fmt.Sprintf(`"rows":{"good":%d,"bad":0}`, size/len(row))},
		"one row":   {row + strings.Repeat("9", size) + "\n" + row, `"rows":{"good":2,"bad":1,"reasons":{"row-too-long":1}`},
	} {
		content := "Game Number,Game Length,Note\n" + c.rows
		r.s3.Put("plain", "large.csv", []byte(content), nil)
		event := fmt.Appendf(nil, `{"BatchInput":{"run":"r"},"Items":[{"index":0,"bucket":"plain","key":"large.csv","format":"csv","size":%d,"start":0,"end":%[1]d}]}`, len(content))
		if answer, err := r.mappers[0].Invoke(t.Context(), event); err != nil || !strings.Contains(string(answer), c.want) {
			t.Errorf("%s: %s, %v", name, answer, err)
		}
	}
}

// parts are objects of three formats with seven games and a bad row.
func (r *running) parts(bucket, prefix string) {
	for key, content := range map[string]string{
		"part-0.csv":     "Game Number,Game Length\n1,10\n2,20\n",
		"part-1.jsonl":   `{"Game Number":3,"Game Length":30}` + "\n" + `{"Game Number":4}` + "\n" + `{"Game Number":4,"Game Length":40}` + "\n",
		"sub/part-2.csv": "Game Length,Game Number\n50,5\n",
		"sub/part 3.json": `[{"Game Number":6,"Game Length":60},
			{"Game Number":7,"Game Length":70}]`,
		"_temporary":         "not data",
		".part-0.csv.crc":    "not data",
		"sub/_metadata.json": "not data",
		"folder/":            "",
		"_temporary/0/a.csv": "not data",
		"sub/.staging/a.csv": "not data",
	} {
		r.s3.Put(bucket, prefix+key, []byte(content), nil)
	}
}

func (r *running) wantParts(t *testing.T, document map[string]any) {
	t.Helper()
	result, rows, run := document["result"].(map[string]any), document["rows"].(map[string]any), document["run"].(map[string]any)
	if fmt.Sprintf("%v %v %v %v", result["count"], result["sum"], rows["bad"], run["objects"]) != "7 280 1 4" {
		t.Errorf("the parts come to %v", document)
	}
	bad := rows["sample"].([]any)[0].(map[string]any)
	if key, _ := bad["key"].(string); !strings.HasSuffix(key, "part-1.jsonl") || bad["row"] != json.Number("2") {
		t.Errorf("the bad row is %v", bad)
	}
}

func TestManyObjects(t *testing.T) {
	r := start(t, map[string]string{"TOLERATED_BAD_ROWS": "1"})
	uris := func(bucket string) string {
		return fmt.Sprintf("s3://%[1]s/d/part-0.csv\ns3://%[1]s/d/part-1.jsonl\r\n\ns3://%[1]s/d/sub/part-2.csv\ns3://%[1]s/d/sub/part 3.json\n", bucket)
	}
	for _, bucket := range []string{"input", "plain"} {
		r.parts(bucket, "d/")
		for name, event := range map[string]map[string]any{
			"marker":   r.put(bucket, "d/_SUCCESS", ""),
			"prefix":   {"run": "prefix-" + bucket, "bucket": bucket, "prefix": "d/"},
			"manifest": r.put(bucket, "lists/all.manifest", uris(bucket)),
			"athena":   r.put(bucket, "lists/0a1b-manifest.csv", uris(bucket)),
			"marked":   r.put(bucket, "lists/marked.manifest", "\ufeff"+uris(bucket)),
			"twice":    r.put(bucket, "lists/twice.manifest", uris(bucket)+uris(bucket)),
		} {
			t.Run(bucket+" "+name, func(t *testing.T) {
				document, summary := r.run(event)
				if summary.Outcome != "succeeded" {
					t.Errorf("the summary is %+v", summary)
				}
				r.wantParts(t, document)
			})
		}
	}
}

// inventory drops an S3 Inventory of d/ and returns the planner's event for it.
func (r *running) inventory(bucket, schema string, line func(key, body string) string, change func(manifest map[string]any)) map[string]any {
	r.t.Helper()
	var files []any
	keys := r.s3.Keys(bucket)
	for i := range 2 {
		var compressed bytes.Buffer
		zip := gzip.NewWriter(&compressed)
		for j, key := range keys {
			if j%2 == i && strings.HasPrefix(key, "d/") {
				body, _, _ := r.s3.Get(bucket, key)
				fmt.Fprintln(zip, line(key, string(body)))
			}
		}
		zip.Close()
		name := fmt.Sprintf("inventory/data/%d.csv.gz", i)
		r.s3.Put(bucket, name, compressed.Bytes(), nil)
		files = append(files, map[string]any{"key": name, "size": compressed.Len(), "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"})
	}
	manifest := map[string]any{
		"sourceBucket": bucket, "destinationBucket": "arn:aws:s3:::" + bucket, "version": "2016-11-30",
		"creationTimestamp": "1514944800000", "fileFormat": "CSV", "fileSchema": schema, "files": files,
	}
	if change != nil {
		change(manifest)
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.put(bucket, "inventory/2026-11-23T00-00Z/manifest.json", string(text))
}

func TestInventory(t *testing.T) {
	r := start(t, map[string]string{"TOLERATED_BAD_ROWS": "1"})
	r.parts("input", "d/")
	r.s3.Put("input", "d/sp ace.txt", []byte("no data"), nil)
	encode := func(key string) string { return strings.NewReplacer("/", "%2F", " ", "+").Replace(key) }
	short := func(key, _ string) string {
		return fmt.Sprintf(`"input","%s"`, encode(key))
	}
	document, _ := r.run(r.inventory("input", "Bucket, Key", short, nil))
	r.wantParts(t, document)

	// Versions, sizes and deletions are as the inventory says.
	long := func(key, body string) string {
		return fmt.Sprintf("\"input\",%q,\"old\",\"false\",\"false\",\"7\",\"x\"\n\"input\",%[1]q,\"\",\"true\",\"false\",\"%[2]d\",%[3]q\n\"input\",\"gone.csv\",\"v\",\"true\",\"true\",\"\",\"\"",
			encode(key), len(body), md5Of(body))
	}
	const schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag"
	document, _ = r.run(r.inventory("input", schema, long, nil))
	r.wantParts(t, document)
	// An object that was overwritten after the inventory is not what it says.
	event := r.inventory("input", schema, long, nil)
	r.s3.Put("input", "d/part-0.csv", []byte("Game Number,Game Length\n1,99\n2,99\n"), nil)
	r.refused(event, "map", "InputChangedError")

	for name, change := range map[string]func(map[string]any){
		"format":  func(m map[string]any) { m["fileFormat"] = "Parquet" },
		"bucket":  func(m map[string]any) { m["sourceBucket"] = "another" },
		"schema":  func(m map[string]any) { m["fileSchema"] = "Bucket, Size" },
		"columns": func(m map[string]any) { m["fileSchema"] = "Bucket, Key, Size" },
		"no gzip": func(m map[string]any) { m["files"] = []any{map[string]any{"key": "d/part-0.csv"}} },
	} {
		t.Run(name, func(t *testing.T) {
			r.refused(r.inventory("input", "Bucket, Key", short, change), "plan", "InvalidInputError")
		})
	}
	r.refused(r.put("input", "x/manifest.json", "[]"), "plan", "InvalidInputError")
	r.refused(r.put("input", "y/manifest.json", ""), "plan", "InvalidInputError")
}

func md5Of(content string) string { return fmt.Sprintf("%x", md5.Sum([]byte(content))) }

// refused holds that a step of the machine ends with an error of a type that the
// state machine can name.
func (r *running) refused(event map[string]any, step, kind string) {
	r.t.Helper()
	var failed error
	healthy := r.machine.Map
	r.machine.Map = func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error) {
		output, err := healthy(ctx, batch, attempt, input)
		if err != nil {
			failed = err
		}
		return output, err
	}
	defer func() { r.machine.Map = healthy }()
	_, summary, err := r.machine.Run(r.t.Context(), event)
	if errors.Is(err, distmap.ErrThreshold) {
		err = fmt.Errorf("map: %w", failed)
	}
	var invoke *lambdatest.InvokeError
	if !errors.As(err, &invoke) || invoke.Type != kind || !strings.HasPrefix(err.Error(), step) {
		r.t.Errorf("%v ends with %+v, %v, want %s in %s", event, summary, err, kind, step)
	}
}

func TestInputsThatCannotBeRead(t *testing.T) {
	r := start(t, nil)
	for name, event := range map[string]map[string]any{
		"type":           r.put("input", "games.txt", "x"),
		"no type":        r.put("input", "games", "x"),
		"compressed":     r.put("input", "games.csv.gz", "x"),
		"no run":         {"bucket": "input", "key": "a.csv"},
		"bad run":        {"run": "../x", "bucket": "input", "key": "a.csv"},
		"no bucket":      {"run": "r", "key": "a.csv"},
		"no key":         {"run": "r", "bucket": "input"},
		"key and prefix": {"run": "r", "bucket": "input", "key": "a.csv", "prefix": "a/"},
		"nothing there":  {"run": "r", "bucket": "input", "prefix": "nothing/"},
		"empty manifest": r.put("input", "empty.manifest", "\n"),
		"no URI":         r.put("input", "paths.manifest", "d/part-0.csv\n"),
		"another bucket": r.put("input", "other.manifest", "s3://work/runs/x.csv\n"),
		"list of a list": r.put("input", "list.manifest", "s3://input/other.manifest\n"),
		"endless line":   r.put("input", "long.manifest", strings.Repeat("s3://", 1<<20)),
	} {
		t.Run(name, func(t *testing.T) { r.refused(event, "plan", "InvalidInputError") })
	}
	r.s3.Put("input", "other/data.bin", []byte("x"), nil)
	r.refused(map[string]any{"run": "r", "bucket": "input", "prefix": "other/"}, "plan", "InvalidInputError")
	r.refused(map[string]any{"run": "r", "bucket": "input", "key": "gone.csv"}, "plan", "InputChangedError")
	r.refused(r.put("input", "gone.manifest", "s3://input/gone.csv\n"), "plan", "InputChangedError")
}

func TestContentTypeSaysTheFormat(t *testing.T) {
	r := start(t, nil)
	runs := 0
	for kind, content := range map[string]string{
		"text/csv; charset=utf-8": "Game Number,Game Length\n1,30\n",
		"application/x-ndjson":    `{"Game Number":1,"Game Length":30}`,
		"application/json":        `[{"Game Number":1,"Game Length":30}]`,
	} {
		r.s3.Put("input", "games", []byte(content), map[string]string{"Content-Type": kind})
		runs++
		document, _ := r.run(map[string]any{"run": fmt.Sprintf("run-%d", runs), "bucket": "input", "key": "games"})
		if diff := cmp.Diff(json.Number("30"), document["result"].(map[string]any)["sum"]); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// TestOverwrittenMeanwhile changes the input between plan and map: of a bucket
// that keeps versions the planned one is read, in one that does not the run fails.
func TestOverwrittenMeanwhile(t *testing.T) {
	r := start(t, nil)
	first := "Game Number,Game Length\n" + strings.Repeat("1,30\n", 50_000)
	healthy := r.machine.Map
	meanwhile := func(change func()) {
		r.machine.Map = func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error) {
			if batch == 0 {
				change()
			}
			return healthy(ctx, batch, attempt, input)
		}
		r.machine.Change = func(m *distmap.Map) { m.MaxConcurrency = 1 }
	}
	for name, change := range map[string]func(bucket string){
		"overwritten": func(bucket string) { r.s3.Put(bucket, "games.csv", []byte(strings.ReplaceAll(first, "30", "99")), nil) },
		"deleted":     func(bucket string) { r.s3.Delete(bucket, "games.csv") },
	} {
		t.Run(name, func(t *testing.T) {
			event := r.put("input", "games.csv", first)
			meanwhile(func() { change("input") })
			document, _ := r.run(event)
			run := document["run"].(map[string]any)["input"].(map[string]any)
			if document["result"].(map[string]any)["sum"] != json.Number("1500000") || run["versionId"] != event["versionId"] {
				t.Errorf("a version that was %s: %v", name, document)
			}
			event = r.put("plain", "games.csv", first)
			meanwhile(func() { change("plain") })
			r.refused(event, "map", "InputChangedError")
			// Lists tell no versions.
			r.put("input", "games.csv", first)
			meanwhile(func() { change("input") })
			r.refused(map[string]any{"run": name, "bucket": "input", "prefix": "games"}, "map", "InputChangedError")
		})
	}
	// The event's own version is planned, not one that came before the planner.
	event := r.put("input", "late.csv", first)
	r.s3.Put("input", "late.csv", []byte("Game Number,Game Length\n"), nil)
	r.machine.Map = healthy
	if document, _ := r.run(event); document["result"].(map[string]any)["count"] != json.Number("50000") {
		t.Errorf("another version was planned: %v", document)
	}
	event = r.put("plain", "late.csv", first)
	event["etag"] = md5Of(first)
	r.s3.Put("plain", "late.csv", []byte("Game Number,Game Length\n"), nil)
	r.refused(event, "plan", "InputChangedError")
}
