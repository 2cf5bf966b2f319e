package main

import (
	"errors"
	"net/http"
)

// recentEntries is how many entries of its history an account keeps at hand.
const recentEntries = 20

// An account is a customer's.
type account struct {
	ID      string  `json:"id"`
	User    string  `json:"user"`
	Salt    []byte  `json:"salt"`
	Hash    []byte  `json:"hash"` // of the password, see hashPassword
	Balance cents   `json:"balance"`
	Recent  []entry `json:"recent"` // the latest first
}

// An entry is one end of a transfer.
type entry struct {
	With   string `json:"with"`   // the other account
	Amount cents  `json:"amount"` // negative when it was paid
}

// book changes the balance and remembers why.
func (a *account) book(with string, amount cents) {
	a.Balance += amount
	recent := append([]entry{{with, amount}}, a.Recent...)
	a.Recent = recent[:min(len(recent), recentEntries)]
}

// getBalance answers GET /accounts/{id}/balance.
func (s *shop) getBalance(r *http.Request, signedIn string) (int, any, error) {
	id := r.PathValue("id")
	if id != signedIn {
		return 0, nil, refuse(http.StatusForbidden, "the token is not for account %q", id)
	}
	a, err := s.store.Account(id)
	if errors.Is(err, errNotFound) {
		return 0, nil, refuse(http.StatusNotFound, "account %q is closed", id)
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, struct {
		ID      string  `json:"id"`
		Balance cents   `json:"balance"`
		Recent  []entry `json:"recent"`
	}{a.ID, a.Balance, a.Recent}, nil
}

// transfer answers POST /transfers: the signed-in account pays another one.
func (s *shop) transfer(r *http.Request, from string) (int, any, error) {
	var in struct {
		To     string
		Amount cents
	}
	if err := decode(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Amount <= 0 {
		return 0, nil, refuse(http.StatusBadRequest, "amount: want more than 0")
	}
	if in.To == from {
		return 0, nil, refuse(http.StatusBadRequest, "to: want another account than one's own")
	}
	id, err := s.store.Transfer(from, in.To, in.Amount)
	switch {
	case errors.Is(err, errNotFound):
		return 0, nil, refuse(http.StatusNotFound, "no account %q", in.To)
	case errors.Is(err, errInsufficientFunds):
		return 0, nil, refuse(http.StatusConflict, "%v", err)
	case err != nil:
		return 0, nil, err
	}
	return http.StatusCreated, map[string]any{"id": id, "from": from, "to": in.To, "amount": in.Amount}, nil
}
