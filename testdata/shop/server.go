package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// A shop answers requests from its catalog in memory and its database.
type shop struct {
	store   *store
	tokens  *signer
	carts   *carts
	catalog atomic.Pointer[catalog] // replaced as a whole by a seed
}

func newShop(store *store) (*shop, error) {
	tokens, err := newSigner()
	if err != nil {
		return nil, err
	}
	s := &shop{store: store, tokens: tokens, carts: newCarts()}
	return s, s.reload()
}

// reload reads the catalog from the database.
func (s *shop) reload() error {
	products, stock, err := s.store.Products()
	if err != nil {
		return err
	}
	catalog, err := newCatalog(products, stock)
	if err != nil {
		return err
	}
	s.catalog.Store(catalog)
	return nil
}

func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /health", endpoint(s.health))
	mux.Handle("POST /admin/seed", endpoint(s.seed))
	mux.Handle("POST /auth/token", endpoint(s.issueToken))
	mux.Handle("GET /products", endpoint(s.listProducts))
	mux.Handle("GET /products/{id}", endpoint(s.getProduct))
	mux.Handle("POST /cart", s.signedIn(s.fillCart))
	mux.Handle("POST /orders", s.signedIn(s.placeOrder))
	mux.Handle("GET /accounts/{id}/balance", s.signedIn(s.getBalance))
	mux.Handle("POST /transfers", s.signedIn(s.transfer))
	return mux
}

// An endpoint answers a request with a status and a value to encode, or with
// an error.
type endpoint func(r *http.Request) (status int, answer any, err error)

// ServeHTTP encodes the answer whole before it sends any of it, so that an
// answer is never cut short by an error.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	status, answer, err := e(r)
	if err != nil {
		status, answer = explain(err)
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error says that the client has gone: there is nobody to tell
}

// A refusal is an error that is the client's to solve.
type refusal struct {
	status int
	reason string
}

func (r refusal) Error() string { return r.reason }

func refuse(status int, format string, args ...any) error {
	return refusal{status, fmt.Sprintf(format, args...)}
}

// explain turns an error into an answer; what is not a refusal is the shop's
// own fault.
func explain(err error) (status int, answer any) {
	status = http.StatusInternalServerError
	var r refusal
	if errors.As(err, &r) {
		status = r.status
	}
	return status, map[string]string{"error": err.Error()}
}

// signedIn is an endpoint for the account that the request's bearer token names.
func (s *shop) signedIn(e func(r *http.Request, account string) (int, any, error)) endpoint {
	return func(r *http.Request) (int, any, error) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			return 0, nil, refuse(http.StatusUnauthorized, "want a bearer token from POST /auth/token")
		}
		account, err := s.tokens.verify(token)
		if err != nil {
			return 0, nil, refuse(http.StatusUnauthorized, "%v", err)
		}
		return e(r, account)
	}
}

// decode reads the JSON body of a request.
func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return refuse(http.StatusBadRequest, "body: %v", err)
	}
	return nil
}

func (s *shop) health(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]string{"status": "ok"}, nil
}
