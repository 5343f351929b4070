package mastodon

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"paragraphs", "<p>One</p><p>two<br />three<br>four</p>", "One\n\ntwo\nthree\nfour"},
		{"entities", "<p>a &amp; b &lt;script&gt; &quot;c&quot; &#39;d&#39;&nbsp;e</p>", `a & b <script> "c" 'd' e`},
		{"a mention", `<p><span class="h-card"><a href="https://s.example/@care" class="u-url mention">@<span>care</span></a></span> hello</p>`, "@care hello"},
		{"a hashtag", `<p>at <a href="https://s.example/tags/lost" class="mention hashtag" rel="tag">#<span>lost</span></a></p>`, "at #lost"},
		{"a link that is shortened", `<p>see <a href="https://www.airport.example/belt/7/photos"><span class="invisible">https://www.</span><span class="ellipsis">airport.example/belt</span><span class="invisible">/7/photos</span></a>.</p>`, "see https://www.airport.example/belt/7/photos."},
		{"a link cut by an ellipsis", `<a href="https://airport.example/belt/7">airport.example/be…</a>`, "https://airport.example/belt/7"},
		{"a link with words", `<p><a href="https://acme.example/bags">your page</a> says</p>`, "your page (https://acme.example/bags) says"},
		{"a link that lies", `<a href="https://evil.example/">https://acme.example/</a>`, "https://acme.example/ (https://evil.example/)"},
		{"a link with nothing", `<a href="https://acme.example/"></a>`, "https://acme.example/"},
		{"a link that is none", `<a href="javascript:alert(1)">click</a> <a href="data:text/html,x">it</a>`, "click it"},
		{"links without an end", `<p><a href="https://a.example/">one<a href="https://b.example/">two`, "one (https://a.example/)two (https://b.example/)"},
		{"a quote", "<p>You say:</p><blockquote><p>Bags come<br>in time</p><p>always</p></blockquote><p>No.</p>", "You say:\n\n> Bags come\n> in time\n>\n> always\n\nNo."},
		{"lists", "<ul><li>a</li><li>b</li></ul><ol><li>c</li><li>d</li></ol>", "- a\n- b\n\n1. c\n2. d"},
		{"code", "<pre><code>a  b\n c</code></pre>", "a b\n c"},
		{"spaces", "<p>  a \n b\t c  </p>\n\n<p> d</p>", "a b c\n\nd"},
		{"what is no text", "<script>alert(1)</script><style>p{}</style><p>a</p><iframe>b</iframe>", "a"},
		{"pictures", `<p>a <img src="x" alt=":blobcat:"> b<img src=y></p>`, "a :blobcat: b"},
		{"nothing", "", ""},
		{"plain", "just text", "just text"},
		{"unfinished", "<p>a <b", "a"},
		{"controls", "<p>a\x00\x07b\u0085c</p>", "ab c"},
		{"emoji", "<p>👩‍👩‍👧 ok</p>", "👩‍👩‍👧 ok"},
	} {
		if got := Text(c.html); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// However deep, long or broken: bounded, and no tag of it is text.
func TestTextOfWhatIsWicked(t *testing.T) {
	for name, s := range map[string]string{
		"deep":   strings.Repeat("<blockquote>", 100_000) + "x",
		"lists":  strings.Repeat("<ul><li>", 100_000) + "x",
		"long":   strings.Repeat("a", 10<<20),
		"links":  strings.Repeat(`<a href="https://a.example/`+strings.Repeat("x", 1000)+`">`, 10_000),
		"breaks": strings.Repeat("<br>", 1_000_000) + "x",
	} {
		if got := Text(s); len(got) > maxText || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"<p>a<br/>b</p>", `<a href="https://a.example/">x</a>`, "<ol><li>a", "<blockquote><pre>\n a</pre>", "</ul></blockquote></pre>", "&amp;&#0;\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if len(got) > maxText || !utf8.ValidString(got) || strings.TrimSpace(got) != got {
			t.Errorf("%q makes %q", s, got)
		}
	})
}
