package main

import (
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long a token is good for.
const tokenLife = time.Hour

// passwordRounds is far below what a real shop should use: a login has to cost
// about as much as other requests here, not a hundred times as much.
const passwordRounds = 500

var errBadToken = errors.New("the token is not one of ours, or has expired")

// jwtHeader is {"alg":"EdDSA","typ":"JWT"}.
const jwtHeader = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9"

// A signer makes and checks JSON web tokens (RFC 7519, RFC 8037). Its key
// lives as long as the process.
type signer struct {
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

// claims are what a token says.
type claims struct {
	Account string `json:"sub"`
	Expires int64  `json:"exp"` // Unix seconds
}

func newSigner() (*signer, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	return &signer{private: private, public: public}, nil
}

func (s *signer) sign(account string) (string, error) {
	payload, err := json.Marshal(claims{Account: account, Expires: time.Now().Add(tokenLife).Unix()})
	if err != nil {
		return "", err
	}
	text := jwtHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature := ed25519.Sign(s.private, []byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// verify returns the account that a token was made for.
func (s *signer) verify(token string) (string, error) {
	end := strings.LastIndexByte(token, '.')
	if end < 0 || !strings.HasPrefix(token, jwtHeader+".") {
		return "", errBadToken
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil || !ed25519.Verify(s.public, []byte(token[:end]), signature) {
		return "", errBadToken
	}
	payload, err := base64.RawURLEncoding.DecodeString(token[len(jwtHeader)+1 : end])
	if err != nil {
		return "", errBadToken
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil || time.Now().Unix() >= c.Expires {
		return "", errBadToken
	}
	return c.Account, nil
}

// hashPassword derives what is stored in place of a password.
func hashPassword(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, passwordRounds, sha256.Size)
}

// issueToken answers POST /auth/token.
func (s *shop) issueToken(r *http.Request) (int, any, error) {
	var in struct{ Username, Password string }
	if err := decode(r, &in); err != nil {
		return 0, nil, err
	}
	account, err := s.store.AccountOf(in.Username)
	if errors.Is(err, errNotFound) {
		return 0, nil, refuse(http.StatusUnauthorized, "wrong user name or password")
	}
	if err != nil {
		return 0, nil, err
	}
	hash, err := hashPassword(in.Password, account.Salt)
	if err != nil {
		return 0, nil, err
	}
	if subtle.ConstantTimeCompare(hash, account.Hash) == 0 {
		return 0, nil, refuse(http.StatusUnauthorized, "wrong user name or password")
	}
	token, err := s.tokens.sign(account.ID)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{
		"access_token": token,
		"token_type":   "Bearer",
		"expires_in":   int(tokenLife.Seconds()),
	}, nil
}
