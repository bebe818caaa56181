// Package local runs the job over a file on this machine, with all its cores: the
// same functions and the same parser as in the cloud, and the same result. It is
// what the cloud's results are compared with.
package local

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
)

// Options tell how a file is read.
type Options struct {
	Format     rows.Format
	Tolerances mapreduce.Tolerances
	// Progress, if set, is called with every number of bytes read, from several
	// goroutines.
	Progress func(bytes int)
	// SplitBytes is the size of a split. Defaults to one that gives every core
	// several, from 1 to 64 MiB.
	SplitBytes int64
}

// Run runs the job over the file with that name.
func Run[Row, Partial any](ctx context.Context, job mapreduce.Job[Row, Partial], name string, options Options) (mapreduce.Document, error) {
	// To open a pipe would wait for somebody who writes into it.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return mapreduce.Document{}, fmt.Errorf("%s is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return mapreduce.Document{}, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return mapreduce.Document{}, err
	}
	source := &file{f, before.Size(), options.Progress}
	plan := mapreduce.Cut(nil, mapreduce.Object{
		Key: filepath.Base(name), Size: source.size, Format: options.Format,
	}, options.splitBytes(source.size))
	total, err := mapreduce.NewTotal(job, runID, len(plan))
	if err != nil {
		return mapreduce.Document{}, err
	}
	if err := mapAll(ctx, job, plan, source, total); err != nil {
		return mapreduce.Document{}, err
	}
	if after, err := os.Stat(name); err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return mapreduce.Document{}, fmt.Errorf("%s changed while it was read", name)
	}
	document, err := total.Document(inOrder(plan), map[string]string{"file": filepath.Base(name)}, options.Tolerances)
	document.Run.ID = ""
	return document, err
}

// runID is the identity of the only run that this process knows.
const runID = "local"

func (o Options) splitBytes(size int64) int64 {
	if o.SplitBytes > 0 {
		return o.SplitBytes
	}
	return min(max(size/int64(8*runtime.GOMAXPROCS(0)), 1<<20), 64<<20)
}

// mapAll maps every split, as many at once as there are cores.
func mapAll[Row, Partial any](ctx context.Context, job mapreduce.Job[Row, Partial], plan []mapreduce.Split, source rows.Source, total *mapreduce.Total[Row, Partial]) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	splits := make(chan mapreduce.Split)
	var adding sync.Mutex
	one := func(split mapreduce.Split) error {
		batch := mapreduce.Batch{Input: mapreduce.BatchInput{Run: runID}, Items: []mapreduce.Split{split}}
		output, err := job.MapBatch(ctx, batch, func(mapreduce.Split) (rows.Source, error) { return source, nil })
		if err != nil {
			return err
		}
		adding.Lock()
		defer adding.Unlock()
		return total.Add(output)
	}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for split := range splits {
				if err := one(split); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for _, split := range plan {
		select {
		case splits <- split:
		case <-ctx.Done():
		}
	}
	close(splits)
	workers.Wait()
	return context.Cause(ctx)
}

func inOrder(plan []mapreduce.Split) iter.Seq2[mapreduce.Split, error] {
	return func(yield func(mapreduce.Split, error) bool) {
		for _, split := range plan {
			if !yield(split, nil) {
				return
			}
		}
	}
}

// file is a source of rows.
type file struct {
	*os.File
	size     int64
	progress func(bytes int)
}

func (f *file) Size() int64 { return f.size }

func (f *file) Open(ctx context.Context, from, to int64) (io.ReadCloser, error) {
	return &section{ctx, io.NewSectionReader(f, from, to-from), f.progress}, nil
}

type section struct {
	ctx context.Context
	*io.SectionReader
	progress func(bytes int)
}

func (s *section) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.SectionReader.Read(p)
	if s.progress != nil {
		s.progress(n)
	}
	return n, err
}

func (s *section) Close() error { return nil }
