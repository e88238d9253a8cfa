// Package api4 asks the API of CiviCRM, version 4: rows of an entity that conditions
// hold for, in the order of their numbers, how many there are, and what fields they
// have. What becomes of a row is another's.
package api4

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// Client asks one site. What each question carries is set by Authorise.
type Client struct {
	*webapi.Client
	path string
}

// New makes a client of the site at an address, where CiviCRM answers below a path. Its
// errors are those of webapi.New.
func New(address, path string) (*Client, error) {
	c, err := webapi.New(address)
	if err != nil {
		return nil, err
	}
	c.Authorise("X-Requested-With", "XMLHttpRequest") // else a site takes it for a forged request
	return &Client{c, path}, nil
}

// Below is a path below that of CiviCRM.
func (c *Client) Below(parts ...string) string {
	return webapi.Path(append(strings.Split(c.path, "/"), parts...)...)
}

// Query is a question for the rows of an entity.
type Query struct {
	Entity string
	Select []string
	Where  []any // conditions, as ["is_active", "=", true]
}

// question makes one of an entity, an action and parameters.
func (c *Client) question(entity, action string, params map[string]any) (webapi.Ask, error) {
	b, err := json.Marshal(params)
	return webapi.Ask{Path: c.Below("ajax", "api4", entity, action), Form: url.Values{"params": {string(b)}}}, err
}

// Values gives the rows of an answer, and returns the rest of it. It fails with
// adapters.ErrSignIn and ErrAnswer.
func (c *Client) Values(ctx context.Context, answer webapi.Answer, each func(json.RawMessage) error) (jsontree.Node, error) {
	rest, _, err := paging.Records(ctx, c.Client, answer, "values", each)
	if err == nil {
		return rest, nil
	}
	// Sites before 2022 tell of a fault with status 200.
	n, bad := jsontree.Parse(answer.Body)
	if code, _ := strconv.Atoi(n.Get("error_code").Text); bad == nil && (code == http.StatusUnauthorized || code == http.StatusForbidden) {
		return n, adapters.ErrSignIn.With("host", c.Host())
	}
	return rest, err
}

// Count asks how many rows of an entity conditions hold for.
func (c *Client) Count(ctx context.Context, entity string, where []any) (int64, error) {
	rest, err := c.ask(ctx, entity, "get", map[string]any{"select": []string{"row_count"}, "where": where}, func(json.RawMessage) error { return nil })
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(rest.Get("count").Text, 10, 64)
	if err != nil || n < 0 {
		return 0, c.Strange()
	}
	return n, nil
}

// Fields gives what a site says of each field that the rows of an entity have.
func (c *Client) Fields(ctx context.Context, entity string, each func(jsontree.Node) error) error {
	names := []string{"name", "label", "title", "data_type", "options", "custom_field_id"}
	_, err := c.ask(ctx, entity, "getFields", map[string]any{"select": names}, func(raw json.RawMessage) error {
		n, err := jsontree.Parse(raw)
		if err != nil {
			return c.Strange()
		}
		return each(n)
	})
	return err
}

func (c *Client) ask(ctx context.Context, entity, action string, params map[string]any, each func(json.RawMessage) error) (jsontree.Node, error) {
	a, err := c.question(entity, action, params)
	if err != nil {
		return jsontree.Node{}, err
	}
	answer, err := c.Get(ctx, a)
	if err != nil {
		return jsontree.Node{}, err
	}
	return c.Values(ctx, answer, each)
}

// After asks for the rows behind a number, as many as the limit says, in the order of
// their numbers.
func (c *Client) After(ctx context.Context, q Query, last int64, limit *int) (webapi.Answer, error) {
	where := append([]any{[]any{"id", ">", last}}, q.Where...)
	return c.Page(ctx, limit, func(limit int) webapi.Ask {
		a, _ := c.question(q.Entity, "get", map[string]any{"select": q.Select, "where": where, "orderBy": map[string]string{"id": "ASC"}, "limit": limit})
		return a
	})
}

// sidePage is how many rows All asks for at once.
const sidePage = 2000

// All gives every row. One that does not go on from the one before ends it with
// adapters.ErrAnswer.
func (c *Client) All(ctx context.Context, q Query, each func(jsontree.Node) error) error {
	limit, last := sidePage, int64(0)
	var w paging.Watch
	for {
		answer, err := c.After(ctx, q, last, &limit)
		if err != nil {
			return err
		}
		n := 0
		_, err = c.Values(ctx, answer, func(raw json.RawMessage) error {
			row, err := jsontree.Parse(raw)
			id, bad := strconv.ParseInt(row.Get("id").Text, 10, 64)
			if err != nil || bad != nil || id <= last {
				return c.Strange()
			}
			n, last = n+1, id
			return each(row)
		})
		if err != nil || n == 0 || n < limit {
			return err
		}
		if err := w.Page(c.Client, n); err != nil {
			return err
		}
	}
}
