package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// An Artifact is what a workflow run has left behind.
type Artifact struct {
	ID      int64
	Name    string
	Archive []byte    // a zip archive, if the run was honest
	Size    int64     // in bytes as the list tells it; 0 is the archive's own
	Created time.Time // the zero time is one that rises with each artifact
	Expired bool
}

// AddArtifact leaves an artifact behind for a run, and returns its id.
func (s *Server) AddArtifact(run int64, a Artifact) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ID = s.id()
	if a.Size == 0 {
		a.Size = int64(len(a.Archive))
	}
	if a.Created.IsZero() {
		a.Created = time.Date(2030, 1, 1, 0, 0, int(a.ID), 0, time.UTC)
	}
	s.artifacts[run] = append(s.artifacts[run], a)
	return a.ID
}

func (s *Server) artifactRoutes() []route {
	needs := []string{"actions: read"}
	return []route{
		{"GET /repos/*/actions/runs/{run}/artifacts", needs, http.StatusOK, s.listArtifacts},
		{"GET /repos/*/actions/artifacts/{id}/zip", needs, http.StatusFound, s.downloadArtifact},
	}
}

type artifactAnswer struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Size    int64     `json:"size_in_bytes"`
	Expired bool      `json:"expired"`
	Created time.Time `json:"created_at"`
}

// listArtifacts lists the newest first, as GitHub does.
func (s *Server) listArtifacts(r *request) (any, error) {
	run, err := strconv.ParseInt(r.PathValue("run"), 10, 64)
	if err != nil {
		return nil, notFound()
	}
	all := []artifactAnswer{}
	for _, a := range slices.Backward(s.artifacts[run]) {
		all = append(all, artifactAnswer{a.ID, a.Name, a.Size, a.Expired, a.Created})
	}
	part, err := page(r, all)
	return map[string]any{"total_count": len(all), "artifacts": part}, err
}

func (s *Server) downloadArtifact(r *request) (any, error) {
	a, ok := s.findArtifact(r.PathValue("id"))
	switch {
	case !ok:
		return nil, notFound()
	case a.Expired:
		return nil, &refusal{status: http.StatusGone, Message: "Artifact has expired"}
	}
	return redirect(fmt.Sprintf("%s/archives/%d?sig=secret", s.http.URL, a.ID)), nil
}

func (s *Server) findArtifact(id string) (Artifact, bool) {
	for _, all := range s.artifacts {
		for _, a := range all {
			if strconv.FormatInt(a.ID, 10) == id {
				return a, true
			}
		}
	}
	return Artifact{}, false
}

// archive serves what lies in the store, to those who know the address. The
// store does not like to be shown a token of the API.
func (s *Server) archive(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" || r.URL.Query().Get("sig") != "secret" {
		s.t.Errorf("githubtest: %s was sent a token, or lacks its signature", r.URL.Path)
		http.Error(w, "InvalidAuthenticationInfo", http.StatusBadRequest)
		return
	}
	if f := s.nextFault(r); f != nil {
		f.answer(w)
		return
	}
	s.mu.Lock()
	a, ok := s.findArtifact(r.PathValue("id"))
	s.mu.Unlock()
	if !ok {
		http.Error(w, "BlobNotFound", http.StatusNotFound)
		return
	}
	// A client that has read enough hangs up.
	_, _ = w.Write(a.Archive)
}
