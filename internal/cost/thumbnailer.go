package cost

// A photograph of 12 megapixels has about 3 MB. What the bench machine takes for
// one, `make bench` prints.
const (
	photoMB         = 3
	secondsAPhoto   = 0.5
	renditions      = 3
	looksARendition = 3
	renditionsShare = 0.13 // Of the photograph's bytes, for all of them together.
)

var thumbnailer = model{
	flags: []Flag{
		{Name: "images", Usage: "uploads in a month", Default: "0", amount: true},
		{Name: "mb", Usage: "megabytes of an upload", Default: "3"},
	},
	example: map[string]string{"images": "1000000"},
	assumptions: []string{
		"a photograph of 3 MB takes 0.5 s of a core, and others in proportion",
		"3 renditions, which have 13 % of its bytes together; one message a batch",
		"uploads and renditions are kept for a month",
		"every invocation is traced; Lambda samples one a second and 5 % of the others",
	},
	lines: func(m *meter) {
		images, mb := times(m.number("images"), "images"), m.number("mb")
		m.time("Lambda time", "ResizeFunction", images, secondsAPhoto/photoMB*mb)
		m.add("Lambda requests", "lambda.request", images)
		m.add("uploads written", "s3.put", images)
		m.add("renditions written", "s3.put", images, times(renditions, "PUT"))
		m.add("renditions looked for", "s3.get", images, times(renditions*looksARendition, "HEAD"))
		m.add("uploads read", "s3.get", images, times(1, "GET"))
		m.add("queue", "sqs.request", images, times(3, "requests"))
		m.add("traces", "xray.trace", images)
		m.add("logs", "logs.ingested", images, kB(1))
		m.add("uploads kept", "s3.storage", images, kB(mb*1000))
		m.add("renditions kept", "s3.storage", images, kB(mb*1000*renditionsShare))
	},
}
