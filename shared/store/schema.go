package store

// Schema is the table as data: the local AWS, the stack and the tests create it from here and nowhere else.
type Schema struct {
	PartitionKey, SortKey string // both strings
	Expiry                string // TTL attribute, Unix seconds
	Stream                string // view type
	Indexes               []Index
}

// Index is a sparse global secondary index over string keys. Carry names the attributes it projects beside the keys; none means keys only.
type Index struct {
	Name, PartitionKey, SortKey string
	Carry                       []string
}

// Attribute names. Every expression goes through an alias, since many short words are reserved.
const (
	pk, sk  = "PK", "SK"
	g1pk    = "g1p"
	g1sk    = "g1s"
	g2pk    = "g2p"
	g2sk    = "g2s"
	g3pk    = "g3p"
	g3sk    = "g3s"
	expires = "exp"
	doc     = "doc" // the row's content as JSON
	seq     = "seq" // guards conversation and contact
	card    = "card"
	hurry   = "hurry" // of a turn's row: it orders something that cannot wait
)

// The indexes: g1 in the package comment is lists, g2 is people, g3 is times.
const (
	lists  = "lists"
	people = "people"
	times  = "times"
)

// TheSchema returns the schema of the desk's one table.
func TheSchema() Schema {
	return Schema{
		PartitionKey: pk, SortKey: sk, Expiry: expires, Stream: "NEW_IMAGE",
		Indexes: []Index{
			{Name: lists, PartitionKey: g1pk, SortKey: g1sk, Carry: []string{card}},
			{Name: people, PartitionKey: g2pk, SortKey: g2sk, Carry: []string{card}},
			{Name: times, PartitionKey: g3pk, SortKey: g3sk},
		},
	}
}
