package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
)

const (
	maxProducts = 100_000
	maxAccounts = 10_000
)

// What products are made of.
var (
	categories = []string{"garden", "kitchen", "lighting", "office", "outdoor", "storage", "textiles", "workshop"}
	nouns      = []string{"basket", "bench", "blanket", "bottle", "bowl", "box", "brush", "cabinet", "chair", "clock", "cushion", "desk", "drawer", "kettle", "ladder", "lamp", "mirror", "mug", "rack", "rug", "shelf", "stool", "table", "tray", "vase"}
	tags       = []string{"ash", "bamboo", "birch", "brass", "canvas", "ceramic", "compact", "copper", "cork", "cotton", "durable", "enamel", "folding", "glass", "handmade", "heavy", "iron", "leather", "light", "linen", "marble", "natural", "oak", "painted", "pine", "portable", "recycled", "round", "rustic", "slate", "small", "square", "stackable", "steel", "tall", "vintage", "walnut", "waterproof", "wool", "woven"}
	phrases    = []string{
		"Made in small batches by people who like their work.",
		"Fits into a narrow hall as well as on a wide balcony.",
		"Wipe it with a damp cloth and it looks like new.",
		"Comes flat packed, with the one tool that you need.",
		"Gets better with age & use.",
		"Every piece differs a little from the next.",
		"Holds more than you would think.",
		"Goes with everything that you have already.",
		"Tested for ten years of daily use.",
		"A quiet companion for long evenings.",
	}
)

// seed answers POST /admin/seed: it replaces all data by generated data, the
// same for the same numbers.
func (s *shop) seed(r *http.Request) (int, any, error) {
	in := struct {
		Products, Accounts int
		Seed               uint64
	}{Products: 1000, Accounts: 100, Seed: 1}
	if err := decode(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Products < 1 || in.Products > maxProducts {
		return 0, nil, refuse(http.StatusBadRequest, "products: want 1 to %d, got %d", maxProducts, in.Products)
	}
	if in.Accounts < 2 || in.Accounts > maxAccounts {
		return 0, nil, refuse(http.StatusBadRequest, "accounts: want 2 to %d, got %d", maxAccounts, in.Accounts)
	}
	products, stock := makeProducts(in.Products, in.Seed)
	accounts, err := makeAccounts(in.Accounts, in.Seed)
	if err != nil {
		return 0, nil, err
	}
	if err := s.store.Replace(products, stock, accounts); err != nil {
		return 0, nil, err
	}
	if err := s.reload(); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]int{"products": len(products), "accounts": len(accounts)}, nil
}

func makeProducts(n int, seed uint64) (products []product, stock []int64) {
	random := rand.New(rand.NewPCG(seed, 1))
	for id := 1; id <= n; id++ {
		tags := draw(random, tags, 5)
		noun := nouns[random.IntN(len(nouns))]
		products = append(products, product{
			ID:          id,
			Name:        fmt.Sprintf("%s %s %s No. %d", capital(tags[0]), tags[1], noun, id),
			Category:    categories[random.IntN(len(categories))],
			Tags:        tags,
			Price:       cents(300 + random.IntN(40_000)),
			Description: strings.Join(draw(random, phrases, 4), " "),
		})
		stock = append(stock, int64(100_000+random.IntN(900_000)))
	}
	return products, stock
}

// makeAccounts gives every account a full history, so that the first transfers
// cost as much as the later ones.
func makeAccounts(n int, seed uint64) (accounts []account, err error) {
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range n {
		a := account{ID: accountID(i), User: userName(i), Balance: cents(10_000 + random.IntN(990_000))}
		a.Salt = fmt.Appendf(nil, "%016x", random.Uint64())
		if a.Hash, err = hashPassword(userPassword(i), a.Salt); err != nil {
			return nil, err
		}
		for range recentEntries {
			a.Recent = append(a.Recent, entry{accountID(random.IntN(n)), cents(random.IntN(10_000) - 5_000)})
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}

func accountID(i int) string    { return fmt.Sprintf("acc-%05d", i+1) }
func userName(i int) string     { return fmt.Sprintf("user%05d", i+1) }
func userPassword(i int) string { return fmt.Sprintf("correct-horse-%05d", i+1) }

// draw returns k different ones of from.
func draw(random *rand.Rand, from []string, k int) []string {
	drawn := make([]string, k)
	for i, at := range random.Perm(len(from))[:k] {
		drawn[i] = from[at]
	}
	return drawn
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
