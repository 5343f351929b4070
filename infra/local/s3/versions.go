package s3

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// Versions are kept of a bucket for which they are enabled: what is written over, or deleted without naming a version, stays under its version's id until that is
// deleted by name. They can be listed and deleted; reading an old one is refused.
//
// The bucket s3/<bucket>/versions holds them: a key, a zero byte and the version's number, newest first.

func versionsBucket(bucket string) []byte { return []byte("s3/" + bucket + "/versions") }

// noVersion is the id of what lies in a bucket without versions, as S3 calls it.
const noVersion = "null"

func versionID(seq uint64) string { return "v" + strconv.FormatUint(seq, 36) }

func versionKey(key string, seq uint64) []byte {
	return append(append([]byte(key), 0), dataKey(^seq)...)
}

// versioned tells whether a bucket keeps versions.
func versioned(tx *bbolt.Tx, bucket string) (bool, error) {
	c, err := loadConfig(tx, bucket)
	return c.Versioned, err
}

// retire makes an old version of what lies under a key, if the bucket keeps versions; otherwise it is gone.
func (s *Service) retire(tx *bbolt.Tx, bucket, key string) error {
	keys, contents := tx.Bucket(keysBucket(bucket)), tx.Bucket(dataBucket(bucket))
	keeps, err := versioned(tx, bucket)
	v := bytes.Clone(keys.Get([]byte(key)))
	if err != nil || v == nil {
		return err
	}
	if !keeps {
		return forget(keys, contents, key)
	}
	var o object
	if err := json.Unmarshal(v, &o); err != nil {
		return err
	}
	old, err := tx.CreateBucketIfNotExists(versionsBucket(bucket))
	if err != nil {
		return err
	}
	if err := old.Put(versionKey(key, o.Seq), v); err != nil {
		return err
	}
	return keys.Delete([]byte(key))
}

// mark records that a key was deleted, in a bucket that keeps versions.
func (s *Service) mark(tx *bbolt.Tx, bucket, key string) error {
	if keeps, err := versioned(tx, bucket); err != nil || !keeps {
		return err
	}
	old, err := tx.CreateBucketIfNotExists(versionsBucket(bucket))
	if err != nil {
		return err
	}
	seq, err := tx.Bucket(dataBucket(bucket)).NextSequence()
	if err != nil {
		return err
	}
	v, err := json.Marshal(object{Seq: seq, Modified: s.clk.Now(), Marker: true})
	if err != nil {
		return err
	}
	return old.Put(versionKey(key, seq), v)
}

type versioningConfig struct {
	XMLName xml.Name `xml:"VersioningConfiguration"`
	Status  string   `xml:"Status,omitempty"`
}

func (s *Service) putVersioning(r *http.Request, bucket string) error {
	body, err := wire.Body(r, 1<<16)
	if err != nil {
		return err
	}
	var in versioningConfig
	if err := xml.Unmarshal(body, &in); err != nil {
		return wire.Refuse("MalformedXML", "%v", err)
	}
	if in.Status != "Enabled" {
		return wire.Unsupported("versions that are suspended again")
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		c, err := loadConfig(tx, bucket)
		if err != nil {
			return err
		}
		c.Versioned = true
		return saveConfig(tx, bucket, c)
	})
}

// version is one of a listing.
type version struct {
	Key          string    `xml:"Key"`
	VersionID    string    `xml:"VersionId"`
	IsLatest     bool      `xml:"IsLatest"`
	LastModified time.Time `xml:"LastModified"`
	ETag         string    `xml:"ETag,omitempty"`
	Size         int64     `xml:"Size"`

	marker bool
	seq    uint64
}

type versionList struct {
	XMLName             xml.Name  `xml:"ListVersionsResult"`
	Name                string    `xml:"Name"`
	Prefix              string    `xml:"Prefix"`
	MaxKeys             int       `xml:"MaxKeys"`
	IsTruncated         bool      `xml:"IsTruncated"`
	NextKeyMarker       string    `xml:"NextKeyMarker,omitempty"`
	NextVersionIDMarker string    `xml:"NextVersionIdMarker,omitempty"`
	Versions            []version `xml:"Version"`
	Markers             []version `xml:"DeleteMarker"`
}

// maxVersions is S3's own page.
const maxVersions = 1000

func (s *Service) listVersions(w http.ResponseWriter, q url.Values, bucket string) error {
	out := versionList{Name: bucket, Prefix: q.Get("prefix"), MaxKeys: maxVersions}
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n > 0 {
		out.MaxKeys = min(n, maxVersions)
	}
	all, err := s.versions(bucket, out.Prefix)
	if err != nil {
		return err
	}
	if after := q.Get("key-marker"); after != "" {
		i := slices.IndexFunc(all, func(v version) bool { return v.Key > after })
		if id := q.Get("version-id-marker"); id != "" {
			i = 1 + slices.IndexFunc(all, func(v version) bool { return v.Key == after && v.VersionID == id })
		}
		if i < 0 {
			i = len(all)
		}
		all = all[i:]
	}
	if len(all) > out.MaxKeys {
		all = all[:out.MaxKeys]
		last := all[len(all)-1]
		out.IsTruncated, out.NextKeyMarker, out.NextVersionIDMarker = true, last.Key, last.VersionID
	}
	for _, v := range all {
		if v.marker {
			out.Markers = append(out.Markers, v)
			continue
		}
		out.Versions = append(out.Versions, v)
	}
	b, err := xml.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	_, err = w.Write(append([]byte(xml.Header), b...))
	return err
}

// versions are all under a prefix, by key, newest first.
func (s *Service) versions(bucket, prefix string) (all []version, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		keys := tx.Bucket(keysBucket(bucket))
		if keys == nil {
			return gofakes3.BucketNotFound(bucket)
		}
		keeps, err := versioned(tx, bucket)
		if err != nil {
			return err
		}
		add := func(key string, value []byte) error {
			var o object
			if err := json.Unmarshal(value, &o); err != nil {
				return fmt.Errorf("the stored object %q: %w", key, err)
			}
			v := version{Key: key, VersionID: versionID(o.Seq), LastModified: o.Modified.UTC(), Size: o.Size, marker: o.Marker, seq: o.Seq}
			if !keeps {
				v.VersionID = noVersion
			}
			if !o.Marker {
				v.ETag = gofakes3.FormatETag(o.MD5)
			}
			all = append(all, v)
			return nil
		}
		for _, b := range []*bbolt.Bucket{keys, tx.Bucket(versionsBucket(bucket))} {
			if b == nil {
				continue
			}
			c := b.Cursor()
			for k, v := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
				key, _, _ := strings.Cut(string(k), "\x00")
				if err := add(key, v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b version) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return int(int64(b.seq) - int64(a.seq))
	})
	for i := range all {
		all[i].IsLatest = i == 0 || all[i-1].Key != all[i].Key
	}
	return all, err
}

// deleteVersion removes one version for good. What is not there is no error, as with any delete.
func (s *Service) deleteVersion(w http.ResponseWriter, bucket, key, id string) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		keys, contents := tx.Bucket(keysBucket(bucket)), tx.Bucket(dataBucket(bucket))
		if keys == nil {
			return gofakes3.BucketNotFound(bucket)
		}
		if v := keys.Get([]byte(key)); v != nil {
			var o object
			if err := json.Unmarshal(v, &o); err != nil {
				return err
			}
			if id == noVersion || id == versionID(o.Seq) {
				if err := forget(keys, contents, key); err != nil {
					return err
				}
				return s.surface(tx, bucket, key)
			}
		}
		old := tx.Bucket(versionsBucket(bucket))
		seq, err := strconv.ParseUint(strings.TrimPrefix(id, "v"), 36, 64)
		if old == nil || err != nil {
			return nil
		}
		if err := contents.Delete(dataKey(seq)); err != nil {
			return err
		}
		if err := old.Delete(versionKey(key, seq)); err != nil {
			return err
		}
		return s.surface(tx, bucket, key)
	})
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// surface makes the newest version of a key the one that is read, after the one above it was deleted, unless that is a deletion itself.
func (s *Service) surface(tx *bbolt.Tx, bucket, key string) error {
	keys, old := tx.Bucket(keysBucket(bucket)), tx.Bucket(versionsBucket(bucket))
	if old == nil || keys.Get([]byte(key)) != nil {
		return nil
	}
	k, v := old.Cursor().Seek(append([]byte(key), 0))
	if k == nil || !bytes.HasPrefix(k, append([]byte(key), 0)) {
		return nil
	}
	var o object
	if err := json.Unmarshal(v, &o); err != nil || o.Marker {
		return err
	}
	if err := keys.Put([]byte(key), bytes.Clone(v)); err != nil {
		return err
	}
	return old.Delete(bytes.Clone(k))
}
