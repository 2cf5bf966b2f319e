package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
)

// Errors of fetching an artifact.
var (
	// ErrNoArtifact is returned when the run has no artifact of the name.
	ErrNoArtifact = errors.New("the run has no such artifact")

	// ErrExpired is returned when GitHub has deleted what the artifact held.
	ErrExpired = errors.New("the artifact has expired")
)

// archiveOverhead is what an archive may have in excess of the file in it.
const archiveOverhead = 64 << 10 // bytes

// Artifact returns the one file that a run's artifact holds. The run may have
// been a stranger's: what is larger than limit bytes, packed or unpacked, or
// holds anything but that file, is refused.
func (c *Client) Artifact(ctx context.Context, run int64, name, file string, limit int64) ([]byte, error) {
	where := fmt.Sprintf("artifact %s of run %d", name, run)
	found, err := c.newestArtifact(ctx, run, name)
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, fmt.Errorf("%s: %w", where, ErrNoArtifact)
	case found.GetExpired():
		return nil, fmt.Errorf("%s: %w", where, ErrExpired)
	case found.GetSizeInBytes() > limit+archiveOverhead:
		return nil, fmt.Errorf("%s: its archive of %d bytes is larger than %d", where, found.GetSizeInBytes(), limit+archiveOverhead)
	}
	archive, err := c.download(ctx, where, found.GetID(), limit+archiveOverhead)
	if err != nil {
		return nil, err
	}
	content, err := unpack(archive, file, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return content, nil
}

// newestArtifact returns the last artifact of exactly this name that a run has
// made, or nil. Each attempt of the run makes its own.
func (c *Client) newestArtifact(ctx context.Context, run int64, name string) (*github.Artifact, error) {
	var found []*github.Artifact
	op := operation{doing: fmt.Sprintf("list the artifacts of run %d", run), need: "actions: read"}
	err := c.pages(ctx, op, func(page github.ListOptions) (*github.Response, error) {
		list, response, err := c.github.Actions.ListWorkflowRunArtifacts(ctx, c.repository.Owner, c.repository.Name, run, &page)
		if err != nil {
			return response, err
		}
		for _, artifact := range list.Artifacts {
			if artifact.GetName() == name {
				found = append(found, artifact)
			}
		}
		return response, nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return slices.MaxFunc(found, func(a, b *github.Artifact) int {
		return cmp.Or(a.GetCreatedAt().Compare(b.GetCreatedAt().Time), cmp.Compare(a.GetID(), b.GetID()))
	}), nil
}

// download returns the archive of an artifact, which may have at most limit bytes.
func (c *Client) download(ctx context.Context, where string, id, limit int64) ([]byte, error) {
	var archive []byte
	op := operation{doing: "download " + where, need: "actions: read"}
	err := c.do(ctx, op, func() error {
		place, err := c.archivePlace(ctx, id)
		if err != nil {
			return err
		}
		archive, err = c.fetch(ctx, place, limit)
		return err
	})
	return archive, err
}

// archivePlace asks where the archive lies: in a store outside the API, at an
// address that is good for a minute and must not be sent the token.
func (c *Client) archivePlace(ctx context.Context, id int64) (string, error) {
	path := fmt.Sprintf("repos/%s/actions/artifacts/%d/zip", c.repository, id)
	request, err := c.github.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	client := c.github.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusGone {
		return "", ErrExpired
	}
	if response.StatusCode != http.StatusFound {
		return "", cmp.Or(github.CheckResponse(response), fmt.Errorf("GitHub answered %s, not with the place of the archive", response.Status))
	}
	place, err := response.Location()
	if err != nil {
		return "", err
	}
	return place.String(), nil
}

// fetch reads what lies at an address, without the token. The address's query is
// itself a key, so it is kept out of errors.
func (c *Client) fetch(ctx context.Context, place string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.plain.Do(request)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		failed.URL, _, _ = strings.Cut(failed.URL, "?")
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	response.Request.URL.RawQuery = ""
	if err := github.CheckResponse(response); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("the archive is larger than %d bytes", limit)
	}
	return content, nil
}
