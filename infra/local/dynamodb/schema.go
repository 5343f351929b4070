package dynamodb

import (
	"crypto/rand"
	"maps"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
)

func checkName(field, name string) error {
	if strings.HasPrefix(name, "arn:") {
		return absent("an ARN as %s", field)
	}
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && strings.IndexByte("0123456789_.-", name[i]) < 0 || len(name) > 255 {
			return nameError(field, name)
		}
	}
	if len(name) < 3 {
		return nameError(field, name)
	}
	return nil
}

func nameError(field, name string) error {
	if name == "" {
		return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", field)
	}
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+, of 3 to 255 characters", name, field)
}

type createTableRequest struct {
	TableName                 string
	AttributeDefinitions      []attributeDefinition
	KeySchema                 []keyElement
	GlobalSecondaryIndexes    []indexDefinition
	BillingMode               string
	ProvisionedThroughput     *provisionedThroughput
	StreamSpecification       *streamSpecification
	DeletionProtectionEnabled bool
}

func (s *Service) createTable(body []byte, _ *meter) ([]byte, error) {
	var r createTableRequest
	if err := decode("CreateTable", body, &r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	s.definitions.Lock()
	defer s.definitions.Unlock()
	if s.tables[r.TableName] != nil {
		return nil, refuse("ResourceInUseException", "Table already exists: %s", r.TableName)
	}
	d := definition{
		ID: rand.Text(), Created: s.clk.Now(), TableName: r.TableName, AttributeDefinitions: r.AttributeDefinitions, KeySchema: r.KeySchema,
		GlobalSecondaryIndexes: r.GlobalSecondaryIndexes, BillingMode: r.BillingMode, ProvisionedThroughput: r.ProvisionedThroughput,
		StreamSpecification: r.StreamSpecification, DeletionProtection: r.DeletionProtectionEnabled,
	}
	t, err := s.define(d, createBuckets)
	if err != nil {
		return nil, err
	}
	return describe("TableDescription", t, 0, 0), nil
}

func createBuckets(tx *bbolt.Tx, t *table) error {
	for _, name := range t.buckets() {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) buckets() [][]byte {
	names := [][]byte{t.items, t.ttl, t.stream}
	for _, x := range t.indexes {
		names = append(names, x.bucket)
	}
	return names
}

func (r *createTableRequest) check() error {
	if err := checkName("tableName", r.TableName); err != nil {
		return err
	}
	if err := r.checkBilling(); err != nil {
		return err
	}
	used := map[string]bool{}
	if err := checkSchema(r.KeySchema, r.AttributeDefinitions, used); err != nil {
		return err
	}
	if err := r.checkIndexes(used); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range r.AttributeDefinitions {
		if !attr.ParseKind(a.AttributeType).Ordered() {
			return invalid("1 validation error detected: Value '%s' at 'attributeDefinitions.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]", a.AttributeType)
		}
		if seen[a.AttributeName] {
			return parameter("Duplicate AttributeName in AttributeDefinitions: %s", a.AttributeName)
		}
		seen[a.AttributeName] = true
		if !used[a.AttributeName] {
			return parameter("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
		}
	}
	return r.StreamSpecification.check()
}

func (r *createTableRequest) checkBilling() error {
	if err := oneOf("billingMode", r.BillingMode, "PROVISIONED", "PAY_PER_REQUEST"); err != nil {
		return err
	}
	onDemand := r.BillingMode == "PAY_PER_REQUEST"
	for _, p := range r.throughputs() {
		switch {
		case onDemand && p != nil:
			return parameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
		case !onDemand && p == nil:
			return parameter("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
		case !onDemand && (p.ReadCapacityUnits < 1 || p.WriteCapacityUnits < 1):
			return invalid("1 validation error detected: Value at 'provisionedThroughput' failed to satisfy constraint: Member must have value greater than or equal to 1")
		}
	}
	return nil
}

func (r *createTableRequest) throughputs() []*provisionedThroughput {
	all := []*provisionedThroughput{r.ProvisionedThroughput}
	for _, x := range r.GlobalSecondaryIndexes {
		all = append(all, x.ProvisionedThroughput)
	}
	return all
}

func checkSchema(elements []keyElement, definitions []attributeDefinition, used map[string]bool) error {
	if len(elements) < 1 || len(elements) > 2 {
		return invalid("1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length of 1 or 2")
	}
	for i, e := range elements {
		if want := []string{"HASH", "RANGE"}[i]; e.KeyType != want {
			return invalid("Invalid KeySchema: The %s KeySchemaElement is not a %s key type", []string{"first", "second"}[i], want)
		}
		if !slices.ContainsFunc(definitions, func(d attributeDefinition) bool { return d.AttributeName == e.AttributeName }) {
			return parameter("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s]", e.AttributeName)
		}
		used[e.AttributeName] = true
	}
	if len(elements) == 2 && elements[0].AttributeName == elements[1].AttributeName {
		return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	}
	return nil
}

func (r *createTableRequest) checkIndexes(used map[string]bool) error {
	if r.GlobalSecondaryIndexes != nil && len(r.GlobalSecondaryIndexes) == 0 {
		return parameter("List of GlobalSecondaryIndexes is empty")
	}
	if len(r.GlobalSecondaryIndexes) > 20 {
		return parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20")
	}
	seen := map[string]bool{}
	for _, x := range r.GlobalSecondaryIndexes {
		if err := checkName("indexName", x.IndexName); err != nil {
			return err
		}
		if seen[x.IndexName] {
			return parameter("Duplicate index name: %s", x.IndexName)
		}
		seen[x.IndexName] = true
		if err := checkSchema(x.KeySchema, r.AttributeDefinitions, used); err != nil {
			return err
		}
		if err := x.Projection.check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *projection) check() error {
	if p == nil {
		return parameter("Unknown ProjectionType: null")
	}
	if !slices.Contains([]string{"ALL", "KEYS_ONLY", "INCLUDE"}, p.ProjectionType) {
		return parameter("Unknown ProjectionType: %s", p.ProjectionType)
	}
	if include := p.ProjectionType == "INCLUDE"; include != (len(p.NonKeyAttributes) > 0) {
		return parameter("ProjectionType is %s, NonKeyAttributes must be given for INCLUDE and for nothing else", p.ProjectionType)
	}
	if len(p.NonKeyAttributes) > 100 {
		return parameter("NonKeyAttributes has more than 100 names")
	}
	return nil
}

func (p *streamSpecification) check() error {
	switch {
	case p == nil:
		return nil
	case p.StreamEnabled && p.StreamViewType == "":
		return parameter("StreamViewType must be given when StreamEnabled is true")
	case !p.StreamEnabled && p.StreamViewType != "":
		return parameter("StreamViewType must not be given when StreamEnabled is false")
	}
	return oneOf("streamSpecification.streamViewType", p.StreamViewType, "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
}

type tableRequest struct{ TableName string }

func (s *Service) describeTable(body []byte, _ *meter) ([]byte, error) {
	var r tableRequest
	if err := decode("DescribeTable", body, &r); err != nil {
		return nil, err
	}
	t, err := s.table(r.TableName)
	if err != nil {
		return nil, err
	}
	var out []byte
	err = s.db.View(func(tx *bbolt.Tx) error {
		b, err := t.bucket(tx, t.items)
		if err != nil {
			return err
		}
		stats := b.Stats()
		out = describe("Table", t, stats.KeyN, stats.LeafInuse)
		return nil
	})
	return out, err
}

func describe(name string, t *table, items, size int) []byte {
	o := newObject()
	o.json(name, t.description(items, size))
	return o.end()
}

// description is a TableDescription. Items are counted exactly; sizes are those of the file's pages.
func (t *table) description(items, size int) map[string]any {
	d := map[string]any{
		"TableName": t.TableName, "TableArn": t.arn(), "TableId": t.ID, "TableStatus": "ACTIVE", "CreationDateTime": seconds(t.Created),
		"AttributeDefinitions": t.AttributeDefinitions, "KeySchema": t.KeySchema, "ItemCount": items, "TableSizeBytes": size,
		"DeletionProtectionEnabled": t.DeletionProtection, "ProvisionedThroughput": throughput(t.ProvisionedThroughput),
	}
	if t.BillingMode == "PAY_PER_REQUEST" {
		d["BillingModeSummary"] = map[string]any{"BillingMode": t.BillingMode, "LastUpdateToPayPerRequestDateTime": seconds(t.Created)}
	}
	if t.streams() {
		d["StreamSpecification"], d["LatestStreamArn"], d["LatestStreamLabel"] = t.StreamSpecification, t.streamARN(), t.streamLabel()
	}
	var indexes []any
	for _, x := range t.GlobalSecondaryIndexes {
		indexes = append(indexes, map[string]any{
			"IndexName": x.IndexName, "IndexArn": t.arn() + "/index/" + x.IndexName, "IndexStatus": "ACTIVE", "KeySchema": x.KeySchema,
			"Projection": x.Projection, "ProvisionedThroughput": throughput(x.ProvisionedThroughput),
		})
	}
	if indexes != nil {
		d["GlobalSecondaryIndexes"] = indexes
	}
	return d
}

func throughput(p *provisionedThroughput) map[string]any {
	if p == nil {
		p = &provisionedThroughput{}
	}
	return map[string]any{"NumberOfDecreasesToday": 0, "ReadCapacityUnits": p.ReadCapacityUnits, "WriteCapacityUnits": p.WriteCapacityUnits}
}

func (s *Service) listTables(body []byte, _ *meter) ([]byte, error) {
	var r struct {
		ExclusiveStartTableName string
		Limit                   *int
	}
	if err := decode("ListTables", body, &r); err != nil {
		return nil, err
	}
	limit := 100
	if r.Limit != nil {
		if limit = *r.Limit; limit < 1 || limit > 100 {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and 100", limit)
		}
	}
	s.definitions.RLock()
	names := slices.Sorted(maps.Keys(s.tables))
	s.definitions.RUnlock()
	from, found := slices.BinarySearch(names, r.ExclusiveStartTableName)
	if found {
		from++
	}
	names = names[from:]
	o := newObject()
	o.json("TableNames", names[:min(limit, len(names))])
	if len(names) > limit {
		o.json("LastEvaluatedTableName", names[limit-1])
	}
	return o.end(), nil
}

func (s *Service) deleteTable(body []byte, _ *meter) ([]byte, error) {
	var r tableRequest
	if err := decode("DeleteTable", body, &r); err != nil {
		return nil, err
	}
	s.definitions.Lock()
	defer s.definitions.Unlock()
	t, err := s.lookup(r.TableName)
	if err != nil {
		return nil, err
	}
	if t.DeletionProtection {
		return nil, invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range t.buckets() {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(tablesBucket).Delete([]byte(t.TableName))
	})
	if err != nil {
		return nil, err
	}
	delete(s.tables, t.TableName)
	d := t.description(0, 0)
	d["TableStatus"] = "DELETING"
	o := newObject()
	o.json("TableDescription", d)
	return o.end(), nil
}
