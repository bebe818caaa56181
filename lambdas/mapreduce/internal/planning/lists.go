package planning

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
	"refstack/lambdas/mapreduce/internal/objects"
)

// list is the objects of a run, one by one. Those of unknown size must be looked
// at before they are cut.
type list func(ctx context.Context) iter.Seq2[mapreduce.Object, error]

const unknown = -1

// atOnce is how many objects are looked at together: a list may name many.
const atOnce = 64

// chunks gathers objects until there are enough to be looked at.
func chunks(objects iter.Seq2[mapreduce.Object, error]) iter.Seq2[[]mapreduce.Object, error] {
	return func(yield func([]mapreduce.Object, error) bool) {
		var some []mapreduce.Object
		for object, err := range objects {
			if err != nil {
				yield(nil, err)
				return
			}
			if some = append(some, object); len(some) == atOnce {
				if !yield(some, nil) {
					return
				}
				some = some[:0]
			}
		}
		yield(some, nil)
	}
}

// complete looks at the objects of unknown size, all at once.
func (p *Planner) complete(ctx context.Context, some []mapreduce.Object) error {
	errs := make([]error, len(some))
	var looking sync.WaitGroup
	for i, object := range some {
		if object.Size != unknown {
			continue
		}
		looking.Go(func() {
			found, _, err := objects.Find(ctx, p.client, object)
			some[i], errs[i] = found, err
		})
	}
	looking.Wait()
	return errors.Join(errs...)
}

// listed says which objects the dropped one stands for: itself, or those that a
// manifest, an inventory or the marker of a finished prefix names.
func (p *Planner) listed(object mapreduce.Object, contentType string) (list, error) {
	name := path.Base(object.Key)
	switch {
	case name == "_SUCCESS": // Spark and Hadoop write it when all parts are there.
		return p.underPrefix(object.Bucket, strings.TrimSuffix(object.Key, name)), nil
	case name == "manifest.json":
		return p.inventory(object), nil
	case strings.HasSuffix(name, ".manifest"), strings.HasSuffix(name, "-manifest.csv"):
		return p.manifest(object), nil
	}
	var ok bool
	if object.Format, ok = formatOf(object.Key, contentType); !ok {
		return nil, &InvalidInputError{"neither its name nor its content type says that it is CSV, JSON Lines or JSON"}
	}
	return func(context.Context) iter.Seq2[mapreduce.Object, error] {
		return func(yield func(mapreduce.Object, error) bool) { yield(object, nil) }
	}, nil
}

// formatOf tells the format of an object by its name, or else by its content type.
func formatOf(key, contentType string) (rows.Format, bool) {
	if format, ok := rows.FormatOf(key); ok || path.Ext(key) != "" {
		return format, ok
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "text/csv":
		return rows.CSV, true
	case "application/jsonl", "application/x-ndjson", "application/jsonlines":
		return rows.JSONLines, true
	case "application/json":
		return rows.JSON, true
	}
	return "", false
}

// hidden tells of keys that are no data, as Hadoop has it: those with a dot or an
// underscore before a name that begins behind the prefix, be it the object's or a
// folder's, and folders themselves. Names that begin in the prefix, its user chose.
func hidden(prefix, key string) bool {
	below := ("/" + key)[len(prefix):] // With the last character of the prefix.
	return strings.Contains(below, "/_") || strings.Contains(below, "/.") || strings.HasSuffix(key, "/")
}

// underPrefix lists the objects under a prefix. They are pinned by their ETags:
// lists tell no versions.
func (p *Planner) underPrefix(bucket, prefix string) list {
	return func(ctx context.Context) iter.Seq2[mapreduce.Object, error] {
		return func(yield func(mapreduce.Object, error) bool) {
			pages := s3.NewListObjectsV2Paginator(p.client, &s3.ListObjectsV2Input{
				Bucket: &bucket, Prefix: &prefix,
				EncodingType: types.EncodingTypeUrl, // XML cannot have all characters of a key.
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					yield(mapreduce.Object{}, &objects.InputError{Doing: "listing the input", Err: err})
					return
				}
				for _, found := range page.Contents {
					key, err := decoded(*found.Key, page.EncodingType)
					if err != nil {
						yield(mapreduce.Object{}, fmt.Errorf("listing the input: %w", err))
						return
					}
					if hidden(prefix, key) {
						continue
					}
					object := mapreduce.Object{Bucket: bucket, Key: key, ETag: strings.Trim(*found.ETag, `"`), Size: *found.Size}
					var ok bool
					if object.Format, ok = formatOf(object.Key, ""); !ok {
						err = &InvalidInputError{"an object under the prefix is not named .csv, .jsonl, .ndjson or .json"}
					}
					if !yield(object, err) {
						return
					}
				}
			}
		}
	}
}

// decoded is a key as it is. S3 says whether it has encoded it.
func decoded(key string, encoding types.EncodingType) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return key, nil
	}
	return url.QueryUnescape(key)
}

// manifest lists the objects that a text names, one URI on each line, as Athena
// writes it. One that is named twice would be counted twice, and is listed once.
func (p *Planner) manifest(of mapreduce.Object) list {
	return func(ctx context.Context) iter.Seq2[mapreduce.Object, error] {
		return func(yield func(mapreduce.Object, error) bool) {
			body, err := p.open(ctx, of)
			if err != nil {
				yield(mapreduce.Object{}, err)
				return
			}
			defer body.Close()
			seen := map[string]bool{}
			lines := bufio.NewScanner(body)
			for number := 1; lines.Scan() && body.broken == nil; number++ { // A line that broke off is none.
				uri := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")) // Editors leave the mark, as in CSV.
				if uri == "" || seen[uri] {
					continue
				}
				seen[uri] = true
				bucket, key, ok := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
				if !ok || !strings.HasPrefix(uri, "s3://") || key == "" {
					yield(mapreduce.Object{}, &InvalidInputError{fmt.Sprintf("line %d of the manifest is not s3://bucket/key", number)})
					return
				}
				if !yield(named(of, mapreduce.Object{Bucket: bucket, Key: key})) {
					return
				}
			}
			if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
				yield(mapreduce.Object{}, &InvalidInputError{"a line of the manifest is too long"})
			} else if err != nil {
				yield(mapreduce.Object{}, fmt.Errorf("reading the manifest: %w", err))
			}
		}
	}
}

// named is an object that a list names. The list may not lead into another
// bucket: who may write here need not be allowed to have that one read.
func named(list, object mapreduce.Object) (mapreduce.Object, error) {
	if object.Bucket != list.Bucket {
		return object, &InvalidInputError{"it names an object in another bucket"}
	}
	var ok bool
	if object.Format, ok = formatOf(object.Key, ""); !ok {
		return object, &InvalidInputError{"it names an object that is not .csv, .jsonl, .ndjson or .json"}
	}
	object.Size = unknown
	return object, nil
}

// open reads an object whole, as a stream.
func (p *Planner) open(ctx context.Context, object mapreduce.Object) (*body, error) {
	if object.Size == 0 {
		return &body{ReadCloser: io.NopCloser(strings.NewReader(""))}, nil
	}
	stream, err := objects.Open(ctx, p.client, object, 0, object.Size)
	return &body{ReadCloser: stream}, err
}

// body is what is read of an object. It remembers what broke it off, which a decoder
// would take for a fault of what is written there.
type body struct {
	io.ReadCloser
	broken error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.broken = err
	}
	return n, err
}

// fault is that of the input, with its detail, unless the stream broke off: that may
// not happen again.
func (b *body) fault(detail string) error {
	if b.broken != nil {
		return &objects.InputError{Doing: "reading a list of the input", Err: b.broken}
	}
	return &InvalidInputError{detail}
}
