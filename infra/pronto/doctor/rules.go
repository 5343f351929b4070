package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/rulebook"
	"pronto/shared/store"
)

// rules looks which rule book stands: whether it can be read, whether something was changed at the console that is not in what is deployed, whether somebody is waited for.
func (d *Doctor) rules(ctx context.Context) Finding {
	b, err := rulebook.Deployed(ctx, store.New(dynamodb.NewFromConfig(d.AWS), d.Names.Table), rulebook.Bucket{
		S3: s3.NewFromConfig(d.AWS, func(o *s3.Options) { o.UsePathStyle = d.AWS.BaseEndpoint != nil }), Name: d.Names.Bucket,
	}, d.Now)
	if errors.Is(err, rulebook.ErrUnseen) {
		return Finding{State: Advice, Says: "the deployed one stands, and is not written down yet", Do: "open the console once"}
	}
	if err != nil {
		return unable(err)
	}
	s, err := b.Standing(ctx)
	if err != nil {
		return unable(err)
	}
	waiting := 0
	for _, r := range s.Versions {
		if r.Open(d.Now()) {
			waiting++
		}
	}
	switch left := s.Left(); {
	case s.Broken != "":
		return Finding{State: Wrong, Says: s.Head.Version + " should stand and cannot be read; what starts begins with the deployed one", Do: "pronto policy rollback --stage S"}
	case left != "":
		return Finding{State: Advice, Says: left + " was made at the console on an older file, and is not in what is deployed", Do: "propose it anew, or take it into policy.yaml"}
	case d.Policy.Version != s.Head.File:
		return Finding{State: Advice, Says: fmt.Sprintf("%s is deployed, and the file here is %s", s.Head.File, d.Policy.Version), Do: "a deployment begins with the file here: look whether that is meant"}
	case waiting > 0:
		return Finding{State: Advice, Says: fmt.Sprintf("%d proposed changes wait for another lead", waiting), Do: "pronto policy status --stage S"}
	}
	return Finding{State: Good, Says: s.Policy.Version + " stands"}
}
