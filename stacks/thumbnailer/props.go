package thumbnailer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// rejectedName is the folder in which the function records what it rejects.
const rejectedName = "rejected"

// maxNotifications is how many notification configurations a bucket can have.
const maxNotifications = 100

// A decoded pixel takes 24 bytes at the worst (a progressive CMYK JPEG: for four
// components a coefficient of 4 bytes, a sample, and its copy), and the runtime, the
// upload and the renditions need room beside it.
const (
	bytesPerPixel = 24
	runtimeBytes  = 128 << 20
)

// safePrefix are the characters that need no escaping in a key, a notification
// filter or a policy.
var safePrefix = regexp.MustCompile(`^[A-Za-z0-9!_.'()/-]*$`)

// withDefaults copies and completes the props, and panics at what is wrong.
func (p *Props) withDefaults() Props {
	var out Props
	if p != nil {
		out = *p
	}
	if out.UploadSuffixes == nil {
		out.UploadSuffixes = []string{
			".jpg", ".jpeg", ".png", ".gif", ".webp",
			".JPG", ".JPEG", ".PNG", ".GIF", ".WEBP",
		}
	}
	if out.Renditions == nil {
		out.Renditions = DefaultRenditions()
	}
	if out.CacheControl == "" {
		out.CacheControl = "public, max-age=86400"
	}
	if out.MaxBytes == 0 {
		out.MaxBytes = 32 << 20
	}
	if out.MaxPixels == 0 {
		out.MaxPixels = 50_000_000
	}
	if out.MemoryMiB == 0 {
		out.MemoryMiB = 1769
	}
	if err := out.validate(); err != nil {
		panic("thumbnailer: " + err.Error())
	}
	return out
}

func (p Props) validate() error {
	if len(p.Renditions) == 0 {
		return errors.New("at least one of Renditions is needed; nil stands for the default ones")
	}
	if err := validateRenditions(p.Renditions); err != nil {
		return err
	}
	if err := validateSuffixes(p.UploadSuffixes); err != nil {
		return err
	}
	for name, prefix := range map[string]string{"UploadPrefix": p.UploadPrefix, "RenditionPrefix": p.RenditionPrefix} {
		if !safePrefix.MatchString(prefix) {
			return fmt.Errorf("%s must be of letters, digits and !_.'()/-, got %q", name, prefix)
		}
	}
	if err := p.validateDisjoint(); err != nil {
		return err
	}
	if p.MaxBytes < 0 || p.MaxPixels < 0 {
		return fmt.Errorf("MaxBytes and MaxPixels must be positive, got %d and %d", p.MaxBytes, p.MaxPixels)
	}
	if need := p.MaxPixels*bytesPerPixel + p.MaxBytes + runtimeBytes; need > int64(p.MemoryMiB)<<20 {
		return fmt.Errorf("MemoryMiB is %d, but an image of MaxPixels %d and MaxBytes %d may take %d MiB",
			p.MemoryMiB, p.MaxPixels, p.MaxBytes, need>>20)
	}
	return nil
}

func validateSuffixes(suffixes []string) error {
	if len(suffixes) == 0 || len(suffixes) > maxNotifications {
		return fmt.Errorf("UploadSuffixes must hold 1 to %d suffixes, or be nil for the default, got %d", maxNotifications, len(suffixes))
	}
	for i, a := range suffixes {
		if !safePrefix.MatchString(a) {
			return fmt.Errorf("UploadSuffixes must be of letters, digits and !_.'()/-, got %q", a)
		}
		for j, b := range suffixes {
			if i != j && strings.HasSuffix(a, b) {
				return fmt.Errorf("UploadSuffixes %q and %q overlap, which S3 refuses: a key could end in both", a, b)
			}
		}
	}
	return nil
}

// validateDisjoint keeps the function from being woken by its own output.
func (p Props) validateDisjoint() error {
	if p.UploadBucket == nil || p.RenditionBucket == nil ||
		*p.UploadBucket.BucketName() != *p.RenditionBucket.BucketName() {
		return nil
	}
	outputs := []string{p.rejectedPrefix()}
	for _, r := range p.Renditions {
		outputs = append(outputs, p.renditionPrefix(r))
	}
	for _, prefix := range outputs {
		if strings.HasPrefix(prefix, p.UploadPrefix) || strings.HasPrefix(p.UploadPrefix, prefix) {
			return fmt.Errorf("uploads (prefix %q) and renditions (prefix %q) overlap in one bucket: the function would wake itself", p.UploadPrefix, prefix)
		}
	}
	return nil
}

// renditionPrefix begins the keys of a rendition.
func (p Props) renditionPrefix(r Rendition) string { return p.RenditionPrefix + r.Name + "/" }

// rejectedPrefix begins the keys of the records of rejected uploads.
func (p Props) rejectedPrefix() string { return p.RenditionPrefix + rejectedName + "/" }
