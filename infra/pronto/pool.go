package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"pronto/infra/stage"
)

// pool is a stage's user pool: who stands there may sign in, by the name under which the rule book knows him.
type pool struct {
	client *cognitoidentityprovider.Client
	id     string
}

// openPool finds the pool of a stage, by credentials of the stage's account.
func openPool(ctx context.Context, s *stage.Stage) (*pool, error) {
	cfg, err := ofStage(ctx, s)
	if err != nil {
		return nil, err
	}
	p := &pool{client: cognitoidentityprovider.NewFromConfig(cfg)}
	pages := cognitoidentityprovider.NewListUserPoolsPaginator(p.client, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the user pools: %w", err)
		}
		for _, x := range page.UserPools {
			if aws.ToString(x.Name) == s.Prefix()+"-agents" {
				p.id = aws.ToString(x.Id)
				return p, nil
			}
		}
	}
	return nil, fmt.Errorf("there is no user pool %s-agents in %s: deploy the stage first", s.Prefix(), s.Region)
}

// signInThere is what invite answers where the pool has the name already.
type signInThere struct{ name string }

func (e *signInThere) Error() string {
	return "the pool has a sign-in " + e.name + " already, with the password and the authenticator of whoever had it: it is not given to another"
}

// invite makes a sign-in, of which its owner is told by mail. One that is there already is let be, shut or not: who had that id before knows its password and has its second factor,
// and would be let in as the new agent.
func (p *pool) invite(ctx context.Context, name, mail string) (words string, err error) {
	attributes := []types.AttributeType{{Name: aws.String("email"), Value: &mail}, {Name: aws.String("email_verified"), Value: aws.String("true")}}
	_, err = p.client.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &p.id, Username: &name, UserAttributes: attributes, DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
	})
	var exists *types.UsernameExistsException
	switch {
	case errors.As(err, &exists):
		return "", &signInThere{name}
	case err != nil:
		return "", fmt.Errorf("make the sign-in %s: %w", name, err)
	}
	return "The sign-in is made: a password for the first time is on its way by mail, good for three days; an authenticator app is needed.", nil
}

// end shuts a sign-in, and then ends the sessions that it has begun: the other way round it could begin another between the two.
func (p *pool) end(ctx context.Context, name string) (words string, err error) {
	_, err = p.client.AdminDisableUser(ctx, &cognitoidentityprovider.AdminDisableUserInput{UserPoolId: &p.id, Username: &name})
	var none *types.UserNotFoundException
	if errors.As(err, &none) {
		return "There was no sign-in of that name.", nil
	}
	if err != nil {
		return "", fmt.Errorf("shut the sign-in %s: %w", name, err)
	}
	if _, err := p.client.AdminUserGlobalSignOut(ctx, &cognitoidentityprovider.AdminUserGlobalSignOutInput{UserPoolId: &p.id, Username: &name}); err != nil {
		return "", fmt.Errorf("sign %s out everywhere: %w", name, err)
	}
	return "The sign-in is shut, and signed out: who is in the console still is out within the hour, when its token ends.", nil
}
