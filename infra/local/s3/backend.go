package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"go.etcd.io/bbolt"
)

// object is what the bucket of keys holds under a key.
type object struct {
	Seq      uint64            `json:"seq"`
	Size     int64             `json:"size"`
	MD5      []byte            `json:"md5"`
	Modified time.Time         `json:"modified"`
	Meta     map[string]string `json:"meta"`
	Marker   bool              `json:"marker,omitempty"` // a version that says that the key was deleted
}

func keysBucket(bucket string) []byte { return []byte("s3/" + bucket + "/keys") }
func dataBucket(bucket string) []byte { return []byte("s3/" + bucket + "/data") }

func dataKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// backend keeps gofakes3's objects on the disk that all services share.
type backend struct{ *Service }

var _ gofakes3.Backend = backend{}

func (b backend) ListBuckets() (out []gofakes3.BucketInfo, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(root).ForEach(func(name, value []byte) error {
			var c bucketConfig
			if err := json.Unmarshal(value, &c); err != nil {
				return err
			}
			out = append(out, gofakes3.BucketInfo{Name: string(name), CreationDate: gofakes3.NewContentTime(c.Created)})
			return nil
		})
	})
	return out, err
}

// CreateBucket of one's own existing bucket succeeds, as in us-east-1.
func (b backend) CreateBucket(name string) error {
	return b.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(root).Get([]byte(name)) != nil {
			return nil
		}
		for _, bucket := range [][]byte{keysBucket(name), dataBucket(name)} {
			if _, err := tx.CreateBucketIfNotExists(bucket); err != nil {
				return err
			}
		}
		return saveConfig(tx, name, bucketConfig{Created: b.clk.Now()})
	})
}

func (b backend) BucketExists(name string) (ok bool, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		ok = tx.Bucket(root).Get([]byte(name)) != nil
		return nil
	})
	return ok, err
}

func (b backend) DeleteBucket(name string) error {
	return b.db.Update(func(tx *bbolt.Tx) error {
		keys := tx.Bucket(keysBucket(name))
		if keys == nil {
			return gofakes3.BucketNotFound(name)
		}
		if k, _ := keys.Cursor().First(); k != nil {
			return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
		}
		if err := tx.DeleteBucket(keysBucket(name)); err != nil {
			return err
		}
		if err := tx.DeleteBucket(dataBucket(name)); err != nil {
			return err
		}
		if old := tx.Bucket(versionsBucket(name)); old != nil {
			if k, _ := old.Cursor().First(); k != nil {
				return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
			}
			if err := tx.DeleteBucket(versionsBucket(name)); err != nil {
				return err
			}
		}
		return tx.Bucket(root).Delete([]byte(name))
	})
}

func (b backend) ForceDeleteBucket(string) error { return gofakes3.ErrNotImplemented }

func (b backend) ListBucket(name string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	l := lister{out: gofakes3.NewObjectList(), prefix: prefix, max: page.MaxKeys}
	if prefix == nil {
		l.prefix = &gofakes3.Prefix{}
	}
	if page.MaxKeys == 0 {
		return l.out, nil
	}
	err := b.db.View(func(tx *bbolt.Tx) error {
		keys := tx.Bucket(keysBucket(name))
		if keys == nil {
			return gofakes3.BucketNotFound(name)
		}
		return l.list(keys.Cursor(), page)
	})
	return l.out, err
}

// lister fills one page.
type lister struct {
	out    *gofakes3.ObjectList
	prefix *gofakes3.Prefix
	max, n int64
	group  string // the common prefix that was added last
	last   string // the last key that this page covers
}

func (l *lister) list(c *bbolt.Cursor, page gofakes3.ListBucketPage) error {
	start := l.prefix.Prefix
	if page.HasMarker && page.Marker > start {
		start = page.Marker
	}
	for k, v := c.Seek([]byte(start)); k != nil && bytes.HasPrefix(k, []byte(l.prefix.Prefix)); k, v = c.Next() {
		if page.HasMarker && string(k) <= page.Marker {
			continue
		}
		full, err := l.add(string(k), v)
		if err != nil || full {
			return err
		}
	}
	return nil
}

// groupOf is the common prefix that stands for key: up to the first delimiter behind the prefix. Empty when the key stands for itself.
// (gofakes3's own matching forgets delimiters at the start of a key.)
func (l *lister) groupOf(key string) string {
	if !l.prefix.HasDelimiter {
		return ""
	}
	rest := key[len(l.prefix.Prefix):]
	i := strings.Index(rest, l.prefix.Delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(l.prefix.Prefix)+i+len(l.prefix.Delimiter)]
}

// add takes one key into the page; it reports true when the page was full before it.
func (l *lister) add(key string, value []byte) (full bool, err error) {
	group := l.groupOf(key)
	if group != "" && group == l.group {
		l.last = key // the page's marker must pass the whole group
		return false, nil
	}
	if l.n >= l.max {
		l.out.IsTruncated, l.out.NextMarker = true, l.last
		return true, nil
	}
	l.n, l.last = l.n+1, key
	if group != "" {
		l.group = group
		l.out.AddPrefix(group)
		return false, nil
	}
	var o object
	if err := json.Unmarshal(value, &o); err != nil {
		return false, fmt.Errorf("the stored object %q: %w", key, err)
	}
	l.out.Add(&gofakes3.Content{Key: key, ETag: gofakes3.FormatETag(o.MD5), Size: o.Size, LastModified: gofakes3.NewContentTime(o.Modified)})
	return false, nil
}

// read is an object with its contents, copied out of the database's memory.
func (s *Service) read(bucket, key string, contents bool) (o object, data []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		keys := tx.Bucket(keysBucket(bucket))
		if keys == nil {
			return gofakes3.BucketNotFound(bucket)
		}
		v := keys.Get([]byte(key))
		if v == nil {
			return gofakes3.KeyNotFound(key)
		}
		if err := json.Unmarshal(v, &o); err != nil {
			return fmt.Errorf("the stored object %q: %w", key, err)
		}
		if contents {
			data = bytes.Clone(tx.Bucket(dataBucket(bucket)).Get(dataKey(o.Seq)))
		}
		return nil
	})
	return o, data, err
}

func (b backend) GetObject(bucket, key string, wanted *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	o, data, err := b.read(bucket, key, true)
	if err != nil {
		return nil, err
	}
	rng, err := wanted.Range(o.Size)
	if err != nil {
		return nil, err
	}
	if rng != nil {
		data = data[rng.Start : rng.Start+rng.Length]
		for name := range o.Meta { // they are of the whole, and an SDK would hold the part against them
			if strings.HasPrefix(name, "X-Amz-Checksum-") {
				delete(o.Meta, name)
			}
		}
	}
	return &gofakes3.Object{Name: key, Metadata: o.Meta, Size: o.Size, Hash: o.MD5, Range: rng, Contents: io.NopCloser(bytes.NewReader(data))}, nil
}

func (b backend) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	o, _, err := b.read(bucket, key, false)
	if err != nil {
		return nil, err
	}
	return &gofakes3.Object{Name: key, Metadata: o.Meta, Size: o.Size, Hash: o.MD5, Contents: io.NopCloser(strings.NewReader(""))}, nil
}

func (b backend) PutObject(bucket, key string, meta map[string]string, in io.Reader, size int64, conditions *gofakes3.PutConditions) (gofakes3.PutObjectResult, error) {
	data, err := gofakes3.ReadAll(in, size)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	return gofakes3.PutObjectResult{}, b.db.Update(func(tx *bbolt.Tx) error {
		if err := check(tx, bucket, key, conditions); err != nil {
			return err
		}
		return b.Put(tx, bucket, key, data, meta)
	})
}

func check(tx *bbolt.Tx, bucket, key string, conditions *gofakes3.PutConditions) error {
	keys := tx.Bucket(keysBucket(bucket))
	if keys == nil {
		return gofakes3.BucketNotFound(bucket)
	}
	if conditions == nil {
		return nil
	}
	info := gofakes3.ConditionalObjectInfo{}
	if v := keys.Get([]byte(key)); v != nil {
		var o object
		if err := json.Unmarshal(v, &o); err != nil {
			return err
		}
		info = gofakes3.ConditionalObjectInfo{Exists: true, Hash: o.MD5}
	}
	if conditions.IfMatch != nil && !info.Exists {
		return gofakes3.KeyNotFound(key) // as S3 has it; gofakes3 would say that a condition is not met
	}
	return gofakes3.CheckPutConditions(conditions, &info)
}

// Put stores an object inside the caller's transaction, and sends the bucket's notifications in it.
// meta is the headers that come back with the object (Content-Type, Last-Modified, X-Amz-Meta-…); nil for plain bytes.
func (s *Service) Put(tx *bbolt.Tx, bucket, key string, data []byte, meta map[string]string) error {
	keys := tx.Bucket(keysBucket(bucket))
	if keys == nil {
		return gofakes3.BucketNotFound(bucket)
	}
	contents := tx.Bucket(dataBucket(bucket))
	if err := s.retire(tx, bucket, key); err != nil {
		return err
	}
	seq, err := contents.NextSequence()
	if err != nil {
		return err
	}
	sum := md5.Sum(data)
	o := object{Seq: seq, Size: int64(len(data)), MD5: sum[:], Modified: s.clk.Now(), Meta: meta}
	if o.Meta == nil {
		o.Meta = map[string]string{"Content-Type": "binary/octet-stream", "Last-Modified": o.Modified.Format(http.TimeFormat)}
	}
	value, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := contents.Put(dataKey(seq), data); err != nil {
		return err
	}
	if err := keys.Put([]byte(key), value); err != nil {
		return err
	}
	return s.notify(tx, bucket, key, o, "ObjectCreated:Put")
}

// forget removes a key and its contents, if there are any.
func forget(keys, contents *bbolt.Bucket, key string) error {
	v := keys.Get([]byte(key))
	if v == nil {
		return nil
	}
	var o object
	if err := json.Unmarshal(v, &o); err != nil {
		return err
	}
	if err := contents.Delete(dataKey(o.Seq)); err != nil {
		return err
	}
	return keys.Delete([]byte(key))
}

func (b backend) DeleteObject(bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	return gofakes3.ObjectDeleteResult{}, b.db.Update(func(tx *bbolt.Tx) error {
		keys := tx.Bucket(keysBucket(bucket))
		if keys == nil {
			return gofakes3.BucketNotFound(bucket)
		}
		if keys.Get([]byte(key)) == nil {
			return nil
		}
		if err := b.retire(tx, bucket, key); err != nil {
			return err
		}
		if err := b.mark(tx, bucket, key); err != nil {
			return err
		}
		return b.notify(tx, bucket, key, object{Modified: b.clk.Now()}, "ObjectRemoved:Delete")
	})
}

func (b backend) DeleteMulti(string, ...string) (gofakes3.MultiDeleteResult, error) {
	return gofakes3.MultiDeleteResult{}, gofakes3.ErrNotImplemented
}

func (b backend) CopyObject(_, _, _, _ string, _ map[string]string) (gofakes3.CopyObjectResult, error) {
	return gofakes3.CopyObjectResult{}, gofakes3.ErrNotImplemented
}
