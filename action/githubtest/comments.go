package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxBody is what GitHub's error names as its limit. It has been measured to
// keep 262,144 bytes, which are as many characters of four bytes.
const maxBody = 65_536 // characters

// A Comment is a comment on a pull request.
type Comment struct {
	ID     int64
	Author Author
	Body   string
}

// Comments returns the comments on a pull request, the oldest first.
func (s *Server) Comments(pull int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.comments[pull])
}

// AddComment makes someone comment on a pull request.
func (s *Server) AddComment(pull int, author Author, body string) Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keepComment(pull, author, body)
}

func (s *Server) keepComment(pull int, author Author, body string) Comment {
	c := Comment{ID: s.id(), Author: author, Body: body}
	s.comments[pull] = append(s.comments[pull], c)
	return c
}

func (s *Server) commentRoutes() []route {
	reads := []string{"issues: read", "pull-requests: read"}
	writes := []string{"issues: write", "pull-requests: write"}
	return []route{
		{"GET /repos/*/issues/{number}/comments", reads, http.StatusOK, s.listComments},
		{"POST /repos/*/issues/{number}/comments", writes, http.StatusCreated, s.createComment},
		{"PATCH /repos/*/issues/comments/{id}", writes, http.StatusOK, s.editComment},
		{"DELETE /repos/*/issues/comments/{id}", writes, http.StatusNoContent, s.deleteComment},
	}
}

type commentAnswer struct {
	ID   int64  `json:"id"`
	URL  string `json:"html_url"`
	Body string `json:"body"`
	User Author `json:"user"`
}

func (s *Server) tellComment(pull int, c Comment) commentAnswer {
	at := fmt.Sprintf("https://github.example/%s/pull/%d#issuecomment-%d", s.repository, pull, c.ID)
	return commentAnswer{ID: c.ID, URL: at, Body: c.Body, User: c.Author}
}

func (s *Server) listComments(r *request) (any, error) {
	pull, err := s.pullNumber(r)
	if err != nil {
		return nil, err
	}
	all := []commentAnswer{}
	for _, c := range s.comments[pull] {
		all = append(all, s.tellComment(pull, c))
	}
	return page(r, all)
}

func (s *Server) createComment(r *request) (any, error) {
	pull, err := s.pullNumber(r)
	if err != nil {
		return nil, err
	}
	body, err := commentBody(r)
	if err != nil {
		return nil, err
	}
	return s.tellComment(pull, s.keepComment(pull, r.by.author, body)), nil
}

func (s *Server) editComment(r *request) (any, error) {
	body, err := commentBody(r)
	if err != nil {
		return nil, err
	}
	pull, i, err := s.findComment(r)
	if err != nil {
		return nil, err
	}
	c := &s.comments[pull][i]
	c.Body = body
	return s.tellComment(pull, *c), nil
}

func (s *Server) deleteComment(r *request) (any, error) {
	pull, i, err := s.findComment(r)
	if err != nil {
		return nil, err
	}
	s.comments[pull] = slices.Delete(s.comments[pull], i, i+1)
	return nil, nil
}

func commentBody(r *request) (string, error) {
	var in struct {
		Body string `json:"body"`
	}
	if err := r.decode(&in); err != nil {
		return "", err
	}
	if in.Body == "" {
		return "", invalid("IssueComment", "body", "body can't be blank")
	}
	if utf8.RuneCountInString(in.Body) > maxBody {
		return "", tooLong("IssueComment", "body", maxBody)
	}
	return in.Body, nil
}

// pullNumber returns the number of the pull request that a path names.
func (s *Server) pullNumber(r *request) (int, error) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || !slices.ContainsFunc(s.pulls, func(p Pull) bool { return p.Number == number }) {
		return 0, notFound()
	}
	return number, nil
}

// findComment returns where the comment is that a path names.
func (s *Server) findComment(r *request) (pull, index int, err error) {
	for pull, all := range s.comments {
		for i, c := range all {
			if strconv.FormatInt(c.ID, 10) == r.PathValue("id") {
				return pull, i, nil
			}
		}
	}
	return 0, 0, notFound()
}
