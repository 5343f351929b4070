package s3

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// corsRule says which pages in a browser may ask what of a bucket.
type corsRule struct {
	ID      string   `xml:"ID,omitempty" json:"id,omitempty"`
	Headers []string `xml:"AllowedHeader" json:"headers,omitempty"`
	Methods []string `xml:"AllowedMethod" json:"methods"`
	Origins []string `xml:"AllowedOrigin" json:"origins"`
	Expose  []string `xml:"ExposeHeader" json:"expose,omitempty"`
	MaxAge  int      `xml:"MaxAgeSeconds,omitempty" json:"maxAge,omitempty"`
}

type corsConfig struct {
	XMLName xml.Name   `xml:"CORSConfiguration"`
	Rules   []corsRule `xml:"CORSRule"`
}

func (s *Service) putCORS(r *http.Request, bucket string) error {
	body, err := wire.Body(r, 64<<10)
	if err != nil {
		return err
	}
	var in corsConfig
	if err := xml.Unmarshal(body, &in); err != nil {
		return wire.Refuse("MalformedXML", "%v", err)
	}
	if len(in.Rules) == 0 || len(in.Rules) > 100 {
		return wire.Refuse("MalformedXML", "a CORS configuration has 1 to 100 rules")
	}
	for _, rule := range in.Rules {
		if err := rule.check(); err != nil {
			return err
		}
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		c, err := loadConfig(tx, bucket)
		if err != nil {
			return err
		}
		c.CORS = in.Rules
		return saveConfig(tx, bucket, c)
	})
}

func (c corsRule) check() error {
	if len(c.Methods) == 0 || len(c.Origins) == 0 {
		return wire.Refuse("MalformedXML", "a CORS rule has methods and origins")
	}
	for _, m := range c.Methods {
		if !slices.Contains([]string{"GET", "PUT", "HEAD", "POST", "DELETE"}, m) {
			return wire.Refuse("InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is %s", m)
		}
	}
	for _, x := range slices.Concat(c.Origins, c.Headers) {
		if strings.Count(x, "*") > 1 {
			return wire.Refuse("InvalidRequest", "%q can not have more than one wildcard.", x)
		}
	}
	return nil
}

func (s *Service) getCORS(w http.ResponseWriter, bucket string) error {
	rules, err := s.cors(bucket)
	if err != nil {
		return err
	}
	if len(rules) == 0 {
		return &wire.Error{Status: http.StatusNotFound, Code: "NoSuchCORSConfiguration", Message: "The CORS configuration does not exist"}
	}
	b, err := xml.Marshal(corsConfig{Rules: rules})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	_, err = w.Write(append([]byte(xml.Header), b...))
	return err
}

func (s *Service) cors(bucket string) (rules []corsRule, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c, err := loadConfig(tx, bucket)
		rules = c.CORS
		return err
	})
	return rules, err
}

// Share gives the headers by which a browser lets a page of another origin have the answer to a request for an object, or nil if no rule of the bucket lets it.
// A browser asks first, with OPTIONS, what it may send; the answer to that is these headers alone.
func (s *Service) Share(r *http.Request) http.Header {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	origin, method := r.Header.Get("Origin"), r.Method
	var asked []string
	if method == http.MethodOptions {
		method = r.Header.Get("Access-Control-Request-Method")
		for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				asked = append(asked, name)
			}
		}
	}
	if origin == "" || key == "" {
		return nil
	}
	rules, err := s.cors(bucket)
	if err != nil {
		return nil
	}
	for _, rule := range rules {
		if rule.allows(origin, method, asked) {
			return rule.headers(origin, asked)
		}
	}
	return nil
}

func (c corsRule) allows(origin, method string, asked []string) bool {
	if !slices.Contains(c.Methods, method) || !slices.ContainsFunc(c.Origins, func(o string) bool { return fitsPattern(o, origin) }) {
		return false
	}
	for _, name := range asked {
		if !slices.ContainsFunc(c.Headers, func(h string) bool { return fitsPattern(strings.ToLower(h), name) }) {
			return false
		}
	}
	return true
}

// fitsPattern compares with what may have one star in it.
func fitsPattern(pattern, s string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	return len(s) >= len(before)+len(after) && strings.HasPrefix(s, before) && strings.HasSuffix(s, after)
}

func (c corsRule) headers(origin string, asked []string) http.Header {
	h := http.Header{
		"Access-Control-Allow-Origin": {origin}, "Access-Control-Allow-Methods": {strings.Join(c.Methods, ", ")},
		"Vary": {"Origin, Access-Control-Request-Headers, Access-Control-Request-Method"},
	}
	if len(asked) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	if len(c.Expose) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(c.Expose, ", "))
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
	}
	return h
}
