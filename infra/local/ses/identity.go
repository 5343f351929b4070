package ses

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// configurationSet is what is stored of one.
type configurationSet struct {
	Destinations []destination `json:"destinations"`
}

// destination is an event destination: which events of a set go to which topic.
type destination struct {
	Name               string
	Enabled            bool
	MatchingEventTypes []string
	SnsDestination     *struct{ TopicArn string } `json:",omitempty"`
}

type nothing struct{}

func notFound(what string) error {
	return &wire.Error{Status: http.StatusNotFound, Code: "NotFoundException", Message: what + " does not exist"}
}

func exists(what string) error { return wire.Refuse("AlreadyExistsException", "%s exists", what) }

// createIdentity makes an address or domain that is verified at once, as if its DNS records were in place.
func (s *Service) createIdentity(_ string, body []byte) (any, error) {
	var in struct {
		EmailIdentity, ConfigurationSetName string
		Tags                                []struct{ Key, Value string }
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if in.EmailIdentity == "" || in.ConfigurationSetName != "" {
		return nil, wire.Refuse("BadRequestException", "EmailIdentity is needed; a default ConfigurationSetName is not implemented by the local AWS")
	}
	key := []byte("i/" + strings.ToLower(in.EmailIdentity))
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(root).Get(key) != nil {
			return exists("the identity " + in.EmailIdentity)
		}
		return tx.Bucket(root).Put(key, []byte(s.clk.Now().Format("2006-01-02T15:04:05Z")))
	})
	return identityFacts(in.EmailIdentity), err
}

func identityFacts(name string) map[string]any {
	kind := "DOMAIN"
	if strings.Contains(name, "@") {
		kind = "EMAIL_ADDRESS"
	}
	dkim := map[string]any{"SigningEnabled": true, "Status": "SUCCESS", "SigningAttributesOrigin": "AWS_SES", "CurrentSigningKeyLength": "RSA_2048_BIT",
		"NextSigningKeyLength": "RSA_2048_BIT", "Tokens": []string{"local1", "local2", "local3"}}
	return map[string]any{"IdentityType": kind, "VerifiedForSendingStatus": true, "DkimAttributes": dkim}
}

func (s *Service) getIdentity(name string, _ []byte) (any, error) {
	found := false
	err := s.db.View(func(tx *bbolt.Tx) error {
		found = tx.Bucket(root).Get([]byte("i/"+strings.ToLower(name))) != nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("the identity " + name)
	}
	out := identityFacts(name)
	out["VerificationStatus"], out["FeedbackForwardingStatus"] = "SUCCESS", false
	out["MailFromAttributes"] = map[string]string{"MailFromDomain": "", "MailFromDomainStatus": "SUCCESS", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
	return out, nil
}

// verified holds when the address, its domain or a parent domain is an identity.
func verified(tx *bbolt.Tx, address string) bool {
	address = strings.ToLower(address)
	b := tx.Bucket(root)
	if b.Get([]byte("i/"+address)) != nil {
		return true
	}
	domain := address[strings.LastIndexByte(address, '@')+1:]
	for domain != "" {
		if b.Get([]byte("i/"+domain)) != nil {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

func (s *Service) createSet(_ string, body []byte) (any, error) {
	var in struct{ ConfigurationSetName string }
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if !tagText(in.ConfigurationSetName, 64, "_-") {
		return nil, wire.Refuse("BadRequestException", "configuration set name %q: use 1 to 64 letters, digits, hyphens, underscores", in.ConfigurationSetName)
	}
	return nothing{}, s.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(root).Get([]byte("c/"+in.ConfigurationSetName)) != nil {
			return exists("the configuration set " + in.ConfigurationSetName)
		}
		return saveSet(tx, in.ConfigurationSetName, configurationSet{})
	})
}

func loadSet(tx *bbolt.Tx, name string) (c configurationSet, err error) {
	b := tx.Bucket(root).Get([]byte("c/" + name))
	if b == nil {
		return c, notFound("the configuration set " + name)
	}
	return c, json.Unmarshal(b, &c)
}

func saveSet(tx *bbolt.Tx, name string, c configurationSet) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.Bucket(root).Put([]byte("c/"+name), b)
}

var eventTypes = []string{"SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"}

func (s *Service) createDestination(set string, body []byte) (any, error) {
	var in struct {
		EventDestinationName string
		EventDestination     destination
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if err := in.EventDestination.check(); err != nil {
		return nil, err
	}
	in.EventDestination.Name = in.EventDestinationName
	return nothing{}, s.changeSet(set, func(c *configurationSet) error {
		if c.find(in.EventDestinationName) >= 0 {
			return exists("the event destination " + in.EventDestinationName)
		}
		c.Destinations = append(c.Destinations, in.EventDestination)
		return nil
	})
}

// updateDestination replaces a destination whole.
func (s *Service) updateDestination(names string, body []byte) (any, error) {
	set, name, _ := strings.Cut(names, "/")
	var in struct{ EventDestination destination }
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if err := in.EventDestination.check(); err != nil {
		return nil, err
	}
	in.EventDestination.Name = name
	return nothing{}, s.changeSet(set, func(c *configurationSet) error {
		i := c.find(name)
		if i < 0 {
			return notFound("the event destination " + name)
		}
		c.Destinations[i] = in.EventDestination
		return nil
	})
}

func (d *destination) check() error {
	if d.SnsDestination == nil {
		return wire.Unsupported("an event destination other than SNS")
	}
	if _, err := wire.Resource(d.SnsDestination.TopicArn, "sns"); err != nil {
		return err
	}
	for _, e := range d.MatchingEventTypes {
		if !slices.Contains(eventTypes, e) {
			return wire.Unsupported("event type " + e)
		}
	}
	return nil
}

func (c *configurationSet) find(name string) int {
	return slices.IndexFunc(c.Destinations, func(d destination) bool { return d.Name == name })
}

func (s *Service) changeSet(set string, change func(*configurationSet) error) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		c, err := loadSet(tx, set)
		if err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		return saveSet(tx, set, c)
	})
}

func (s *Service) getDestinations(set string, _ []byte) (any, error) {
	var c configurationSet
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		c, err = loadSet(tx, set)
		return err
	})
	return map[string]any{"EventDestinations": c.Destinations}, err
}

func (s *Service) getAccount(string, []byte) (any, error) {
	return map[string]any{"EnforcementStatus": "HEALTHY", "ProductionAccessEnabled": true, "SendingEnabled": true,
		"SendQuota": map[string]float64{"Max24HourSend": 5e7, "MaxSendRate": 1e4, "SentLast24Hours": 0}}, nil
}
