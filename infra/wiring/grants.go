package wiring

import (
	"slices"

	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Thing is something of the desk's that a function may be let at. Its text is how the reviewed list of rights names it.
type Thing string

// The things beside those that are made below.
const (
	TheTable Thing = "table"
	TheRules Thing = "rules"      // the table's rows that say which rule book stands, one by one
	MailList Thing = "bucket"     // what is in it, by name
	Sending  Thing = "ses"        // the sending domains with the configuration set
	Texting  Thing = "sms"        // telephone numbers
	Opinions Thing = "comprehend" // texts that it judges; none is kept
	Counted  Thing = "cloudwatch" // what AWS counts by itself, of the whole account: it knows no less
)

// AnIndex is one of the table's; Objects are those of the bucket under a prefix; AQueue, its dead-letter queue, ASecret.
func AnIndex(name string) Thing   { return Thing("index/" + name) }
func Objects(prefix string) Thing { return Thing("objects/" + prefix) }
func AQueue(name string) Thing    { return Thing("queue/" + name) }
func ASecret(name string) Thing   { return Thing("secret/" + name) }

// Grant lets a function do something to a thing: actions by their names in IAM.
type Grant struct {
	On  Thing
	May []string
}

// What turns and looks at the table come to. A transaction needs the rights of its parts.
var (
	readRows  = []string{"dynamodb:BatchGetItem"}
	writeRows = []string{"dynamodb:PutItem", "dynamodb:UpdateItem"}
	query     = []string{"dynamodb:Query"}
	send      = []string{"sqs:SendMessage"}
	count     = []string{"sqs:GetQueueAttributes"}
	readFile  = []string{"s3:GetObject"}
	writeFile = []string{"s3:PutObject"}
	list      = []string{"s3:ListBucket"}
	erase     = []string{"s3:DeleteObjectVersion"}
	listAll   = []string{"s3:ListBucketVersions"}
	eraseRows = []string{"dynamodb:DeleteItem"}
	readValue = []string{"secretsmanager:GetSecretValue"}
)

// turns are what Store.Turn and its neighbours do.
var turns = slices.Concat(readRows, writeRows)

// Grants are everything that the functions do to AWS beside what their sources and their log need: the stack gives these rights, and no others, and the desk on one
// machine refuses whatever is not among them. Lanes are added for whoever has their addresses.
//
// Who reads objects may list the bucket: without that right S3 answers 403 for an object that is not there, which would be tried for ever.
func Grants(function string) []Grant {
	var own []Grant
	switch function {
	case "intake":
		own = []Grant{{TheTable, slices.Concat(turns, query)}, {AnIndex("people"), query}, {Objects(MailPrefix), readFile}, {Objects(CustomPrefix), readFile}, {Objects(PostsPrefix), readFile}, {Objects(TriagePrefix), readFile}, {MailList, list}, {ASecret(Secret), readValue}}
	case "outcome":
		own = []Grant{{TheTable, turns}, {AnIndex("people"), query}, {ASecret(Secret), readValue}}
	case "deliver":
		own = []Grant{
			{TheTable, turns}, {Objects(WordsPrefix), readFile}, {Objects(UploadsPrefix), readFile}, {MailList, list}, {ASecret(Secret), readValue}, {ASecret(HookSecrets), readValue}, {ASecret(AccountSecrets), readValue},
			{Sending, []string{"ses:SendEmail", "ses:SendRawEmail"}}, {Texting, []string{"sns:Publish"}},
		}
	case "timer":
		own = []Grant{
			{TheTable, slices.Concat(turns, query)}, {AnIndex("times"), query}, {AnIndex("lists"), query}, {AnIndex("people"), query},
			{Objects(WordsPrefix), slices.Concat(readFile, writeFile)}, {MailList, list}, {ASecret(Secret), readValue}, // of circulars' answers
		}
	case "relay", "express":
		own = []Grant{{TheTable, []string{"dynamodb:UpdateItem"}}}
	case "receive":
		own = []Grant{{Objects(CustomPrefix), writeFile}, {AQueue(Intake), send}, {AQueue(Accounts), send}, {ASecret(Secret), readValue}, {ASecret(HookSecrets), readValue}, {ASecret(AccountSecrets), readValue}}
	case "console":
		own = []Grant{
			{TheTable, slices.Concat(turns, query)}, {AnIndex("lists"), query}, {AnIndex("people"), query},
			{Objects(MailPrefix), readFile}, {Objects(CustomPrefix), readFile}, {Objects(PostsPrefix), readFile}, {Objects(WordsPrefix), slices.Concat(readFile, writeFile)}, {Objects(FilesPrefix), slices.Concat(readFile, writeFile)},
			{Objects(UploadsPrefix), slices.Concat(readFile, writeFile)}, {Objects(ExportsPrefix), readFile}, {MailList, list}, {AQueue(Demands), send},
			{AQueue(Intake), slices.Concat(count, send)}, {AQueue(Dead(Intake)), count}, {ASecret(Secret), readValue},
		}
	case "poll":
		own = []Grant{
			{TheTable, slices.Concat(readRows, []string{"dynamodb:PutItem"})}, {Objects(MailPrefix), writeFile}, {AQueue(Intake), send}, {AQueue(Accounts), send},
			{ASecret(Secret), readValue}, {ASecret(MailboxSecrets), readValue},
		}
	case "listen":
		own = []Grant{
			{TheTable, slices.Concat(readRows, []string{"dynamodb:PutItem"})}, {Objects(PostsPrefix), writeFile}, {AQueue(Intake), send},
			{ASecret(Secret), readValue}, {ASecret(AccountSecrets), readValue},
		}
	case "learn":
		own = []Grant{
			{TheTable, query}, {Objects(MailPrefix), readFile}, {Objects(CustomPrefix), readFile}, {Objects(PostsPrefix), readFile}, {Objects(TriagePrefix), slices.Concat(readFile, writeFile)}, {MailList, list},
		}
	case "forget": // the only one that may delete
		own = []Grant{
			{TheTable, slices.Concat(turns, query, eraseRows)}, {AnIndex("people"), query}, {AnIndex("lists"), query}, {ASecret(Secret), readValue},
			{MailList, slices.Concat(list, listAll)}, {Objects(TombPrefix), slices.Concat(readFile, writeFile)},
			{Objects(ExportsPrefix), slices.Concat(writeFile, erase)},
		}
		for _, prefix := range []string{MailPrefix, CustomPrefix, PostsPrefix, WordsPrefix, FilesPrefix, UploadsPrefix} {
			own = append(own, Grant{Objects(prefix), slices.Concat(readFile, erase)})
		}
	case "reconcile":
		own = []Grant{
			{TheTable, slices.Concat(readRows, []string{"dynamodb:PutItem"})}, {AnIndex("lists"), query}, {MailList, list},
			{AQueue(Intake), count}, {AQueue(Dead(Intake)), count}, {ASecret(Secret), readValue}, {Counted, []string{"cloudwatch:GetMetricData"}},
		}
	}
	return slices.Concat(own, ruleGrants(function), laneGrants(function))
}

// ruleGrants let who goes by the rule book ask which version stands, and read it. Only the console writes any.
func ruleGrants(function string) []Grant {
	for _, f := range Functions() {
		if f.Name != function || !slices.Contains(f.Env, setup.Policy) {
			continue
		}
		may := readFile
		if function == "console" {
			may = slices.Concat(readFile, writeFile)
		}
		return []Grant{{TheRules, []string{"dynamodb:GetItem"}}, {Objects(PolicyPrefix), may}}
	}
	return nil
}

// laneGrants are for the lanes whose addresses a function has.
func laneGrants(function string) (all []Grant) {
	for _, f := range Functions() {
		if f.Name != function {
			continue
		}
		for _, q := range Queues() {
			if q.Env != "" && q.Name != Intake && q.Name != Demands && q.Name != Accounts && slices.Contains(f.Env, q.Env) {
				all = append(all, Grant{AQueue(q.Name), send})
			}
		}
	}
	return all
}

// GrantsBy are those of a rule book: what no brand of it wants nobody has a right to.
func GrantsBy(p *policy.Policy, function string) []Grant {
	all := Grants(function)
	if function == "intake" && p.SecondOpinions() {
		all = append(all, Grant{Opinions, []string{"comprehend:DetectSentiment"}})
	}
	if function == "deliver" && p.Surveys() {
		all = append(all, Grant{AnIndex("people"), query}) // whether something else has come up with whom it asks
	}
	return all
}

// Permitted tells whether a function may do action to on.
func Permitted(p *policy.Policy, function string, on Thing, action string) bool {
	return slices.ContainsFunc(GrantsBy(p, function), func(g Grant) bool { return g.On == on && slices.Contains(g.May, action) })
}
