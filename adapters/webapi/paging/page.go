package paging

import (
	"context"
	"encoding/json"
	"errors"

	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
)

// Tree asks and returns the whole answer as a tree. Its errors are those of
// webapi.Client.Get.
func Tree(ctx context.Context, c *webapi.Client, a webapi.Ask) (jsontree.Node, error) {
	answer, err := c.Get(ctx, a)
	if err != nil {
		return jsontree.Node{}, err
	}
	return Parse(c, answer)
}

// Parse returns an answer as a tree. It fails with adapters.ErrAnswer.
func Parse(c *webapi.Client, a webapi.Answer) (jsontree.Node, error) {
	n, err := jsontree.Parse(a.Body)
	if err != nil {
		return jsontree.Node{}, c.Strange()
	}
	return n, nil
}

// Records gives the records of a page, which stand in the list of a name, and returns
// how many there were and what stands beside the list. It stops with the first error
// that one returns, and fails with adapters.ErrAnswer where there is no such list.
func Records(ctx context.Context, c *webapi.Client, a webapi.Answer, list string, one func(json.RawMessage) error) (rest jsontree.Node, n int, err error) {
	rest, err = jsontree.Elements(a.Body, list, func(raw json.RawMessage) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		n++
		return one(raw)
	})
	if errors.Is(err, jsontree.ErrJSON) {
		err = c.Strange()
	}
	return rest, n, err
}
