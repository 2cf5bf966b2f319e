package action

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
)

// maxFiles is how many files of a pull request GitHub lists, and not one more.
const maxFiles = 3000

// Changed returns the paths that a pull request changes; of a renamed file both.
// The error says so where it may change more than GitHub lists.
func (c *Client) Changed(ctx context.Context, pull int) ([]string, error) {
	var paths []string
	files := 0
	op := operation{doing: fmt.Sprintf("list the files of %s#%d", c.repository, pull), need: "pull-requests: read"}
	err := c.pages(ctx, op, func(page github.ListOptions) (*github.Response, error) {
		list, response, err := c.github.PullRequests.ListFiles(ctx, c.repository.Owner, c.repository.Name, pull, &page)
		for _, f := range list {
			paths = append(paths, f.GetFilename())
			if before := f.GetPreviousFilename(); before != "" {
				paths = append(paths, before)
			}
		}
		files += len(list)
		return response, err
	})
	if err == nil && files >= maxFiles {
		err = fmt.Errorf("%s: there may be more than the %d that GitHub lists", op.doing, maxFiles)
	}
	return paths, err
}
