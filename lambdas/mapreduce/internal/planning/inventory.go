package planning

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
)

// inventoryManifest is the manifest.json of an S3 Inventory, as far as it matters.
type inventoryManifest struct {
	SourceBucket string `json:"sourceBucket"`
	FileFormat   string `json:"fileFormat"`
	FileSchema   string `json:"fileSchema"`
	Files        []struct {
		Key string `json:"key"`
	} `json:"files"`
}

// maxManifest bounds what is read of a manifest.json: thousands of files.
const maxManifest = 16 << 20

// inventory lists the objects of an S3 Inventory in CSV, which lies in the bucket
// that it is of.
func (p *Planner) inventory(of mapreduce.Object) list {
	return func(ctx context.Context) iter.Seq2[mapreduce.Object, error] {
		return func(yield func(mapreduce.Object, error) bool) {
			manifest, columns, err := p.inventoryManifest(ctx, of)
			if err != nil {
				yield(mapreduce.Object{}, err)
				return
			}
			for _, file := range manifest.Files {
				for object, err := range p.inventoryFile(ctx, of, file.Key, columns) {
					if !yield(object, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

func (p *Planner) inventoryManifest(ctx context.Context, of mapreduce.Object) (inventoryManifest, []string, error) {
	var manifest inventoryManifest
	body, err := p.open(ctx, of)
	if err != nil {
		return manifest, nil, err
	}
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, maxManifest)).Decode(&manifest); err != nil {
		return manifest, nil, body.fault("manifest.json is not that of an S3 Inventory")
	}
	columns := strings.Split(manifest.FileSchema, ",")
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
	}
	switch {
	case manifest.FileFormat != "CSV":
		return manifest, nil, &InvalidInputError{"the inventory must be in CSV"}
	case manifest.SourceBucket != of.Bucket:
		return manifest, nil, &InvalidInputError{"the inventory is of another bucket"}
	case !slices.Contains(columns, "Key"):
		return manifest, nil, &InvalidInputError{"the inventory has no column Key"}
	}
	return manifest, columns, nil
}

// inventoryFile lists the objects of one file of an inventory, as far as they are
// data: an inventory has all that is in a bucket, itself as well.
func (p *Planner) inventoryFile(ctx context.Context, of mapreduce.Object, key string, columns []string) iter.Seq2[mapreduce.Object, error] {
	return func(yield func(mapreduce.Object, error) bool) {
		body, lines, err := p.inventoryLines(ctx, of, key)
		if err != nil {
			yield(mapreduce.Object{}, err)
			return
		}
		defer body.Close()
		records := csv.NewReader(lines)
		records.FieldsPerRecord = len(columns)
		for {
			fields, err := records.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(mapreduce.Object{}, body.fault("a file of the inventory is not what its manifest says"))
				return
			}
			entry := map[string]string{}
			for i, column := range columns {
				entry[column] = fields[i]
			}
			object, ok, err := inventoried(of, entry)
			if (ok || err != nil) && !yield(object, err) {
				return
			}
		}
	}
}

// inventoried makes an object of an entry. It is pinned by what the inventory
// tells of its version, or else by what S3 will say.
func inventoried(of mapreduce.Object, entry map[string]string) (object mapreduce.Object, ok bool, err error) {
	if entry["IsLatest"] == "false" || entry["IsDeleteMarker"] == "true" {
		return object, false, nil
	}
	key, err := url.QueryUnescape(entry["Key"])
	if err != nil {
		return object, false, &InvalidInputError{"a key in the inventory is not URL-encoded"}
	}
	format, ok := formatOf(key, "")
	if name := path.Base(key); !ok || hidden("", key) || name == "manifest.json" || strings.HasSuffix(name, "-manifest.csv") {
		return object, false, nil
	}
	object = mapreduce.Object{
		Bucket: of.Bucket, Key: key, Format: format, VersionID: entry["VersionId"], ETag: strings.Trim(entry["ETag"], `"`),
	}
	if object.Size, err = strconv.ParseInt(entry["Size"], 10, 64); err != nil || object.Size < 0 || object.VersionID+object.ETag == "" {
		object.Size = unknown
	}
	return object, true, nil
}

// inventoryLines opens a file of an inventory, and what is compressed in it.
func (p *Planner) inventoryLines(ctx context.Context, of mapreduce.Object, key string) (*body, io.Reader, error) {
	file, _, err := objects.Find(ctx, p.client, mapreduce.Object{Bucket: of.Bucket, Key: key})
	if err != nil {
		return nil, nil, err
	}
	body, err := p.open(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	lines, err := gzip.NewReader(body)
	if err != nil {
		body.Close()
		return nil, nil, body.fault("a file of the inventory is not compressed with gzip")
	}
	return body, lines, nil
}
