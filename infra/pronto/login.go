package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/spf13/cobra"

	"pronto/infra/pronto/login"
	"pronto/infra/stage"
)

func newLogin() *cobra.Command {
	var name string
	var x login.Session
	c := &cobra.Command{
		Use: "login", Short: "Sign in at a stage, for the commands that ask its desk", Args: noArguments,
		Long: `Login signs you in as the agent that you are, in your browser, and keeps the sign-in for the commands that take --stage (forget, export, silence, webhooks). It finds
the stage's user pool with credentials of its account; whoever has none gives --desk, --issuer and --client, which the deployment prints. The sign-in lies in a file that
you alone can read, is renewed for twelve hours, and ends with pronto logout.`,
		Example: "  pronto login --stage live\n  pronto silence --stage live --brand acme-air --why \"wrong opening hours in the receipts\"",
		RunE: func(c *cobra.Command, _ []string) error {
			if x.Desk == "" || x.Issuer == "" || x.Client == "" {
				s, err := stage.Read(stagesFile(), name)
				if err != nil {
					return usage(c, fmt.Errorf("--stage: %w", err))
				}
				p, err := openPool(c.Context(), s)
				if err != nil {
					return err
				}
				if x, err = p.desk(c.Context(), s); err != nil {
					return err
				}
				name = s.Name
			}
			at, err := login.Home(time.Now)
			if err != nil {
				return err
			}
			x, err = at.In(c.Context(), name, x, func(address string) {
				fmt.Fprintf(c.OutOrStdout(), "Open this address in a browser on this machine, and sign in:\n\n  %s\n\n", address)
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "You are %s at %s.\n", x.Agent, x.Desk)
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&name, "stage", "", "the stage, as stage.yaml names it")
	f.StringVar(&x.Desk, "desk", "", "the desk's address, as https://desk.acme.example")
	f.StringVar(&x.Issuer, "issuer", "", "who signs agents in there")
	f.StringVar(&x.Client, "client", "", "as what it knows the console")
	return c
}

func newLogout() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "logout", Short: "End the sign-in at a stage", Args: noArguments,
		Example: "  pronto logout --stage live",
		RunE: func(c *cobra.Command, _ []string) error {
			at, err := login.Home(time.Now)
			if err == nil {
				err = at.Out(c.Context(), name)
			}
			if errors.Is(err, login.ErrNone) {
				return &exit{exitUsage, fmt.Errorf("nobody is signed in at %q", name)}
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "Signed out of %s.\n", name)
			return err
		},
	}
	c.Flags().StringVar(&name, "stage", "", "the stage")
	return c
}

// signedIn points the command at the stage at which somebody has signed in.
func (a *asking) signedIn(ctx context.Context) error {
	at, err := login.Home(time.Now)
	if err != nil {
		return err
	}
	x, err := at.Current(ctx, a.stage)
	if errors.Is(err, login.ErrNone) {
		return &exit{exitUsage, fmt.Errorf("nobody is signed in at %s any more: pronto login --stage %s", a.stage, a.stage)}
	}
	if err != nil {
		return err
	}
	a.http, a.token = x.Desk, x.Token
	return nil
}

// desk is where the stage's desk is, and how one signs in there: the console's client knows both.
func (p *pool) desk(ctx context.Context, s *stage.Stage) (x login.Session, err error) {
	clients, err := p.client.ListUserPoolClients(ctx, &cognitoidentityprovider.ListUserPoolClientsInput{UserPoolId: &p.id, MaxResults: aws.Int32(60)})
	if err != nil {
		return x, fmt.Errorf("list what may sign in at %s: %w", p.id, err)
	}
	for _, c := range clients.UserPoolClients {
		if aws.ToString(c.ClientName) != s.Prefix()+"-console" {
			continue
		}
		out, err := p.client.DescribeUserPoolClient(ctx, &cognitoidentityprovider.DescribeUserPoolClientInput{UserPoolId: &p.id, ClientId: c.ClientId})
		if err != nil {
			return x, fmt.Errorf("read the client of the console: %w", err)
		}
		for _, back := range out.UserPoolClient.CallbackURLs {
			if desk, ok := strings.CutSuffix(back, "/console/signed-in"); ok {
				return login.Session{Desk: desk, Issuer: "https://cognito-idp." + s.Region + ".amazonaws.com/" + p.id, Client: aws.ToString(c.ClientId)}, nil
			}
		}
	}
	return x, fmt.Errorf("the user pool has no client of a console: deploy %s-service", s.Prefix())
}
